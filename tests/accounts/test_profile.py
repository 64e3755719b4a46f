"""One's own profile, and what others see of it."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts import actions, pictures
from accounts.models import User
from chatsite.lib import audit
from chatsite.lib.ratelimit import LIMITS, Limit
from tests.accounts.conftest import Make

FORM = {"display_name": "Mira Okafor", "handle": "mira", "bio": "", "timezone": "", "theme": "system"}


def picture(kind: str = "JPEG", size: tuple[int, int] = (900, 600), **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (40, 90, 200)).save(out, kind, **options)
    return out.getvalue()


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6
    return picture(exif=exif)


def upload(content: bytes, name: str = "me.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_profile_is_changed_and_says_so(tab: Client, mira: User) -> None:
    heard: list[dict[str, Any]] = []
    audit.recorded.connect(receiver := lambda **said: heard.append(said), weak=False)
    changes = {"display_name": " Mira  O. ", "handle": "@Captain", "bio": "Boats.", "timezone": "Europe/Lisbon"}
    page = tab.post("/profile/", FORM | changes | {"theme": "dark"}, follow=True).content.decode()
    audit.recorded.disconnect(receiver)
    mira.refresh_from_db()
    assert (mira.display_name, mira.handle, mira.bio) == ("Mira O.", "captain", "Boats.")
    assert (mira.timezone, mira.theme) == ("Europe/Lisbon", "dark")
    assert "Saved." in page
    assert 'data-theme="dark"' in page
    assert [(said["action"], said["details"]["fields"]) for said in heard] == [
        ("person.profile_changed", ["bio", "display_name", "handle", "theme", "timezone"])
    ]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("display_name", "Moderator", "would look like the site itself"),
        ("handle", "admin", "would look like the site itself"),
        ("handle", "jonas", "That handle is taken."),
        ("handle", "JONAS", "That handle is taken."),
        ("handle", "a b", "Use 2 to 32 letters"),
        ("handle", "x", "Use 2 to 32 letters"),
        ("timezone", "Mars/Olympus", "not one of the available choices"),
        ("theme", "pink", "not one of the available choices"),
        ("bio", "x" * 281, "at most 280 characters"),
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_changes(
    tab: Client, mira: User, person: Make, field: str, value: str, says: str
) -> None:
    person("Jonas")
    response = tab.post("/profile/", FORM | {field: value})
    assert response.status_code == 422
    assert says in str(response.context["form"].errors[field])
    assert f"@{mira.handle}</b>" in response.content.decode()
    mira.refresh_from_db()
    assert (mira.display_name, mira.handle) == ("Mira Okafor", "mira")


def test_a_picture_is_made_square_and_small_and_tells_nothing(tab: Client, mira: User, tmp_path: Path) -> None:
    original = with_exif()
    assert b"SecretCamera" in original
    assert tab.post("/profile/", FORM | {"avatar": upload(original)}).status_code == 302
    mira.refresh_from_db()
    response = tab.get(mira.avatar_url)
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"SecretCamera" not in response.content
    shown = Image.open(BytesIO(response.content))
    assert shown.size == (256, 256)
    assert not shown.getexif()
    assert mira.avatar_url in tab.get("/profile/").content.decode()


def test_a_picture_is_turned_as_its_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    halves = Image.new("RGB", (400, 400), "red")
    halves.paste("blue", (0, 200, 400, 400))
    out = BytesIO()
    halves.save(out, "JPEG", exif=exif)
    shown = Image.open(BytesIO(pictures.portrait(BytesIO(out.getvalue())))).convert("RGB")
    red, _, blue = shown.getpixel((128, 20))
    assert blue > red


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF"])
def test_the_usual_kinds_of_pictures_are_read(kind: str) -> None:
    assert Image.open(BytesIO(pictures.portrait(BytesIO(picture(kind))))).format == "WEBP"


def test_a_new_picture_replaces_the_old_file(
    tab: Client, mira: User, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for colour in ("red", "blue"):
            out = BytesIO()
            Image.new("RGB", (300, 300), colour).save(out, "PNG")
            tab.post("/profile/", FORM | {"avatar": upload(out.getvalue())})
    mira.refresh_from_db()
    assert [file.name for file in tmp_path.rglob("*.webp")] == [mira.avatar_url.rpartition("/")[2]]
    with django_capture_on_commit_callbacks(execute=True):
        tab.post("/profile/", FORM | {"remove_avatar": "on"})
    mira.refresh_from_db()
    assert mira.avatar_url == ""
    assert not list(tmp_path.rglob("*.webp"))


def bomb() -> bytes:
    """A few kilobytes that claim 100 megapixels."""
    return picture("PNG", (10_000, 10_000))


def large() -> bytes:
    return picture() + bytes(pictures.MAX_BYTES)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "could not be read"),
        (b"GIF89a; not really", "could not be read"),
        (picture()[:300], "could not be read"),
        (picture("TIFF"), "could not be read"),
        (picture("PNG", (7_000, 6_000)), "too large"),
        pytest.param(bomb, "too large", id="bomb"),
        pytest.param(large, "too large", id="large"),
    ],
)
def test_a_file_that_is_no_good_as_a_picture_is_refused(tab: Client, mira: User, content: Any, says: str) -> None:
    content = content() if callable(content) else content
    response = tab.post("/profile/", FORM | {"avatar": upload(content)})
    assert says in str(response.context["form"].errors["avatar"])
    mira.refresh_from_db()
    assert not mira.avatar


def test_too_many_pictures_at_once_are_refused_and_all_else_stays_filled_in(
    tab: Client, mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "picture", Limit(1, 600))
    assert tab.post("/profile/", FORM | {"avatar": upload(picture())}).status_code == 302
    kept = User.objects.get(pk=mira.pk).avatar.name
    refused = tab.post("/profile/", FORM | {"bio": "Boats and more boats", "avatar": upload(picture(size=(90, 90)))})
    assert (refused.status_code, refused["Retry-After"]) == (429, "600")
    assert refused.context["form"].errors == {"avatar": ["Those were many pictures. Try this one again in 10 min."]}
    assert "Boats and more boats" in refused.content.decode()
    assert User.objects.get(pk=mira.pk).avatar.name == kept
    assert tab.post("/profile/", FORM | {"bio": "Boats"}).status_code == 302


def test_pictures_are_for_people_who_are_signed_in(tab: Client, mira: User) -> None:
    actions.change_avatar(mira, pictures.portrait(BytesIO(picture())))
    assert tab.get(mira.avatar_url).status_code == 200
    assert Client().get(mira.avatar_url).status_code == 404
    assert tab.get(mira.avatar_url.replace(".webp", "0.webp")).status_code == 404
    assert tab.get("/avatars/../secrets.json").status_code == 404


def test_the_theme_switch_answers_scripts_and_forms(tab: Client, mira: User) -> None:
    assert tab.post("/profile/theme/", {"theme": "dark"}).status_code == 204
    assert tab.post("/profile/theme/", {"theme": "light", "next": "/rooms/"})["Location"] == "/rooms/"
    mira.refresh_from_db()
    assert mira.theme == "light"
    assert tab.post("/profile/theme/", {"theme": "dark", "next": "//evil.example"}).status_code == 204
    assert tab.post("/profile/theme/", {"theme": "pink"}).status_code == 400
    assert tab.get("/profile/theme/").status_code == 405
    assert Client().post("/profile/theme/", {"theme": "dark"}).status_code == 302


def test_a_card_shows_who_somebody_is_and_when_it_is_for_them(tab: Client, person: Make) -> None:
    person("Jonas Lind", bio="Maps & <b>kites</b>", timezone="Asia/Tokyo")
    page = tab.get("/people/Jonas/").content.decode()
    assert "Jonas Lind" in page
    assert "@jonas" in page
    assert "Maps &amp; &lt;b&gt;kites&lt;/b&gt;" in page
    assert "where they are" in page
    assert tab.get("/people/nobody/").status_code == 404
    assert Client().get("/people/jonas/").status_code == 302


def test_whoever_is_deactivated_has_no_card(tab: Client, person: Make) -> None:
    person("Jonas Lind", is_active=False)
    assert tab.get("/people/jonas/").status_code == 404
