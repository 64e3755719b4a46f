"""A face is drawn once for all who look alike, and anew for who looks different."""

from accounts.models import User
from accounts.templatetags.faces import face
from tests.people import make_person


def test_a_face_is_that_of_its_person_now(db: None) -> None:
    person = make_person("carol")
    assert f'<span class="avatar hue-{person.hue_step}" aria-hidden="true">CA</span>' in face(person)
    person.display_name = "Carol Baker"
    assert ">CB</span>" in face(person)
    person.avatar = "avatars/0123.webp"
    assert f'<img src="{person.avatar_url}"' in face(person)
    person.avatar, person.is_bot = "", True
    assert "avatar--ai" in face(person)
    assert "#icon-spark" in face(person)


def test_a_face_is_of_the_size_that_is_asked_for(alice: User) -> None:
    assert "avatar--" not in face(alice)
    assert "avatar--s " in face(alice, size="s")
    assert " online" not in face(alice, size="s")
    assert " online" in face(alice, size="s", here="here")


def test_a_name_stays_text() -> None:
    assert ">B&lt;</span>" in face(User(display_name="B<i>"))
