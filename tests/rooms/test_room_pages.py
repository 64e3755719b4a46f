"""The pages of rooms, used as in a browser without scripts: what one reads there and what its buttons do."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from accounts.models import Site, User
from chatsite.lib import ratelimit
from chatsite.lib.ratelimit import Limit
from rooms.actions.memberships import add_member, change_role, create_invite, join_room, leave_room, mark_read
from rooms.actions.messages import finish_message, start_message
from rooms.actions.notepads import write_note
from rooms.models import Invite, Message, Room
from rooms.models.message import PAGE
from tests.people import browser, make_person, make_room, say, seat
from tests.rooms.paper import Visitor

pytestmark = pytest.mark.django_db


def shown_seqs(html: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'<article class="message[^>]*data-seq="(\d+)"', html)]


def attribute(html: str, name: str) -> str:
    return re.search(rf'<message-list[^>]* {name}="([^"]*)"', html)[1]  # type: ignore[index]


def link(room: Room, user: User, *, days: float | None = 7, uses: int | None = None) -> Invite:
    expires_at = timezone.now() + timedelta(days=days) if days else None
    return create_invite(seat(user, room), expires_at=expires_at, uses_left=uses)


# Coming back


def test_who_must_sign_in_before_a_deed_comes_back_to_the_page_that_offers_it(hq: Room) -> None:
    answer = Client().post(f"{hq.get_absolute_url()}join/")
    assert answer.headers["Location"] == f"/accounts/login/?next={hq.get_absolute_url()}"
    answer = Client().post("/rooms/new/", {"name": "Sailing"})
    assert answer.headers["Location"] == "/accounts/login/?next=/"


# Making a room


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Launch week", "launch-week"), ("غرفة النقاش", "غرفة-النقاش"), ("  Größe   & Maß ", "größe-maß"), ("42", "42")],
)
def test_a_room_is_made_and_opens(name: str, slug: str, alice: User) -> None:
    visitor = Visitor(alice).open("/rooms/new/").press("Create room", name=name, topic="All of it")
    assert visitor.status == 200
    assert visitor.address == f"/rooms/{quote(slug)}/"
    room = Room.objects.get(slug=slug)
    assert room.name == " ".join(name.split())
    assert room.topic == "All of it"
    assert "All of it" in visitor.text
    assert seat(alice, room).is_owner


@pytest.mark.parametrize("name", ["", "   ", "🎉🎉", "?!", "x" * 61])
def test_a_room_needs_a_name_that_one_can_say(name: str, alice: User) -> None:
    visitor = Visitor(alice).open("/rooms/new/").press("Create room", name=name)
    assert visitor.status == 422
    assert not Room.objects.exists()


def test_no_room_takes_the_address_of_a_page(alice: User) -> None:
    """Or nobody could ever open it."""
    for word in {route.split("/")[1] for route in routes() if re.fullmatch(r"rooms/[a-z]+/", route)}:
        visitor = Visitor(alice).open("/rooms/new/").press("Create room", name=word)
        assert f"This is where {word} begins" in visitor.text or f"Say hello in {word}" in visitor.text, word


def routes() -> list[str]:
    found = []
    for one in get_resolver().url_patterns:
        if not isinstance(one, URLPattern) and str(one.pattern) == "":
            found += [str(inner.pattern) for inner in one.url_patterns]
    return found


def test_a_private_room_says_so_and_is_in_no_directory(alice: User, carol: User) -> None:
    Visitor(alice).open("/rooms/new/").press("Create room", name="Secret plans", kind="private")
    assert not Room.objects.get().is_public
    assert "Secret plans" not in Visitor(carol).open("/rooms/").text
    assert "Secret plans" not in Visitor(carol).open("/rooms/?q=secret").text
    assert "Secret plans" not in Visitor(carol).open("/jump/?q=secret").text.replace("“secret”", "")


def test_the_assistant_sits_down_unless_its_maker_says_no(alice: User, ada: User) -> None:
    form = {"name": "With", "topic": "", "kind": "public", "bots": [str(ada.pk)]}
    browser(alice).post("/rooms/new/", form)
    browser(alice).post("/rooms/new/", {**form, "name": "Without", "bots": []})
    assert [room.memberships.filter(user=ada).exists() for room in Room.objects.order_by("-name")] == [False, True]


def test_people_are_no_bots_to_be_seated(alice: User, carol: User) -> None:
    form = {"name": "With", "topic": "", "kind": "public", "bots": [str(carol.pk)]}
    assert browser(alice).post("/rooms/new/", form).status_code == 422


def test_too_many_rooms_at_once_are_refused_with_a_sentence(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ratelimit.LIMITS, "create_room", Limit(1, 3600))
    Visitor(alice).open("/rooms/new/").press("Create room", name="One")
    visitor = Visitor(alice).open("/rooms/new/").press("Create room", name="Two")
    assert visitor.status == 429
    assert "It goes on in 60 min." in visitor.text
    assert 'value="Two"' in visitor.html
    assert Room.objects.count() == 1


@pytest.mark.parametrize("address", ["/rooms/?q=hq", "/jump/?q=hq"])
def test_who_searches_too_fast_is_told_when_it_goes_on(
    address: str, alice: User, bob: User, hq: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ratelimit.LIMITS, "search", Limit(1, 100))
    client = browser(alice)
    assert client.get(address, headers={"accept": "text/html"}).status_code == 200
    page = client.get(address, headers={"accept": "text/html"})
    assert (page.status_code, page["Retry-After"]) == (429, "100")
    assert "It goes on in 2 min." in page.content.decode()
    assert f'href="{address}"' in page.content.decode()
    spoken = client.get(address, headers={"accept": "*/*", "HX-Request": "true"})
    assert (spoken.status_code, spoken.content.decode()) == (429, "That was a lot at once. It goes on in 2 min.")
    assert client.get(address.partition("?")[0]).status_code == 200
    assert browser(bob).get(address).status_code == 200


def test_too_many_invitations_at_once_are_refused_with_a_page(
    alice: User, hq: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ratelimit.LIMITS, "invite", Limit(1, 3600))
    client, form = browser(alice, headers={"accept": "text/html"}), {"days": "7", "uses": ""}
    answers = [client.post("/rooms/hq/invites/", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 429]
    assert answers[1]["Retry-After"] == "3600"
    assert 'href="/rooms/hq/">Back<' in answers[1].content.decode()
    assert hq.invites.count() == 1


# Who may find it


def test_only_owners_open_and_close_a_room(alice: User, mona: User, den: Room) -> None:
    assert "Who can find it?" in Visitor(alice).open("/rooms/den/settings/").text
    assert "Who can find it?" not in Visitor(mona).open("/rooms/den/settings/").text
    named = {"name": "Den of all", "topic": ""}
    assert browser(mona).post("/rooms/den/settings/", {**named, "kind": "public"}).status_code == 403
    den.refresh_from_db()
    assert (den.name, den.kind) == ("den", "private")
    for kind in ({}, {"kind": "private"}):
        assert browser(mona).post("/rooms/den/settings/", {**named, **kind}).status_code == 302
    den.refresh_from_db()
    assert (den.name, den.kind) == ("Den of all", "private")
    assert browser(alice).post("/rooms/den/settings/", {**named, "kind": "public"}).status_code == 302
    den.refresh_from_db()
    assert den.kind == "public"


# Finding one


def test_the_directory_finds_public_rooms_by_a_part_of_their_name(alice: User, carol: User, hq: Room) -> None:
    make_room("Harbour", alice), make_room("Old harbour", alice), make_room("Lighthouse", alice)
    assert "4 public rooms, you are in 0." in Visitor(carol).open("/rooms/").text
    found = Visitor(carol).open("/rooms/?q=HARB")
    assert re.findall(r'class="list__name" href="/rooms/([^/]+)/"', found.html) == ["harbour", "old-harbour"]


@pytest.mark.parametrize("q", ["%", "_", "\\", "'; DROP TABLE", "<script>", "x" * 5000, "\x00", "غرفة"])
def test_the_directory_takes_any_question(q: str, carol: User, hq: Room) -> None:
    for address in ("/rooms/", "/jump/"):
        visitor = Visitor(carol).open(f"{address}?q={quote(q)}")
        assert visitor.status == 200
        assert "<script>" not in visitor.html.partition("<body")[2] or address == "/rooms/"
        assert ("hq" in visitor.text) is (q == "\x00" and address == "/rooms/")


def test_the_directory_comes_in_pages(alice: User, carol: User) -> None:
    for number in range(53):
        make_room(f"Room {number:02}", alice)
    first, second = Visitor(carol).open("/rooms/"), Visitor(carol).open("/rooms/?page=2")
    assert "Page 1 of 2" in first.text
    assert "Room 49" in first.text
    assert "Room 52" in second.text
    for page in ("0", "-1", "99", "x", "1e9"):
        assert Visitor(carol).open(f"/rooms/?page={page}").status == 200


def test_the_switcher_shows_ones_own_rooms_and_then_those_one_could_join(
    alice: User, bob: User, hq: Room, den: Room
) -> None:
    make_room("hq annexe", alice)
    say(alice, hq, "News")
    visitor = Visitor(bob).open("/jump/?q=h")
    assert [href for href in visitor.page.links if href] == ["/rooms/hq/", "/rooms/hq-annexe/"]
    assert "not joined" in visitor.text
    assert Visitor(bob).open("/jump/").page.links == ["/rooms/hq/", "/rooms/den/"]


def test_the_sidebar_counts_what_is_unread(alice: User, bob: User, hq: Room, den: Room) -> None:
    for place in bob.memberships.all():
        place.last_read_seq = place.room.last_seq
        place.save()
    say(alice, hq, "One"), say(alice, hq, "Two, @bob")
    html = Visitor(bob).open("/rooms/sidebar/").html
    badges = re.findall(r'room-link[^>]*href="/rooms/(\w+)/".*?<span class="badge([^"]*)"[^>]*>(\d+)', html, re.DOTALL)
    assert badges == [("hq", " badge--mention", "2"), ("den", "", "0")]


def test_the_sidebar_counts_nobody_who_comes(bob: User, carol: User, hq: Room) -> None:
    for place in bob.memberships.all():
        mark_read(place, seq=hq.last_seq)
    join_room(carol, room=hq)
    html = Visitor(bob).open("/rooms/sidebar/").html
    assert re.findall(r'data-seq-last="(\d+)" data-read="(\d+)"', html) == [("5", "5")]
    assert "room-link--unread" not in html


# Coming and going


def test_one_joins_a_public_room_and_leaves_it_again(carol: User, hq: Room) -> None:
    visitor = Visitor(carol).open("/rooms/hq/")
    assert visitor.may_press("Join room")
    assert 'aria-label="Message"' not in visitor.html
    visitor.press("Join room")
    assert 'aria-label="Message"' in visitor.html
    assert seat(carol, hq).role == "member"
    visitor.press("Leave room")
    assert not carol.memberships.exists()
    assert "You have left hq" in visitor.text


def test_the_last_owner_is_told_why_they_cannot_leave(alice: User, hq: Room) -> None:
    visitor = Visitor(alice).open("/rooms/hq/").press("Leave room")
    assert "Make somebody else owner first" in visitor.text
    assert seat(alice, hq).is_owner


def test_home_leads_to_where_one_was_last(alice: User, bob: User, carol: User, hq: Room, den: Room) -> None:
    say(alice, hq, "Ahoy")
    assert Visitor(bob).open("/").address == "/rooms/hq/"
    say(alice, den, "Ahoy")
    assert Visitor(bob).open("/").address == "/rooms/den/"
    assert Visitor(carol).open("/").address == "/rooms/"
    assert Visitor(None).open("/").address.startswith("/accounts/login/")


def test_an_empty_site_leads_to_its_first_run(db: None) -> None:
    assert Client().get("/")["Location"] == "/welcome/"


# Who is there, and what they may do


def test_an_owner_gives_roles_and_takes_people_out(alice: User, bob: User, hq: Room) -> None:
    owner = browser(alice)
    owner.post(f"/rooms/hq/members/{bob.pk}/", {"role": "moderator"})
    assert seat(bob, hq).role == "moderator"
    owner.post(f"/rooms/hq/members/{bob.pk}/", {"role": "owner"})
    assert seat(bob, hq).role == "owner"
    owner.post(f"/rooms/hq/members/{bob.pk}/", {"remove": "yes"})
    assert not bob.memberships.exists()


def test_an_unknown_role_changes_nothing(alice: User, bob: User, hq: Room) -> None:
    for role in ("", "king", "OWNER"):
        browser(alice).post(f"/rooms/hq/members/{bob.pk}/", {"role": role})
        assert seat(bob, hq).role == "member"


@pytest.mark.parametrize("role", ["moderator", "owner"])
def test_a_moderator_makes_nobody_equal_to_themselves(role: str, mona: User, bob: User, hq: Room) -> None:
    assert browser(mona).post(f"/rooms/hq/members/{bob.pk}/", {"role": role}).status_code == 403
    assert seat(bob, hq).role == "member"


@pytest.mark.parametrize("target", ["alice", "mona2"])
def test_a_moderator_does_not_touch_those_above_and_beside(target: str, mona: User, alice: User, hq: Room) -> None:
    other = alice if target == "alice" else make_person("mona2")
    add_member(hq, user=other)
    if other != alice:
        change_role(seat(other, hq), role="moderator", by=seat(alice, hq))
    for form in ({"role": "member"}, {"remove": "yes"}):
        assert browser(mona).post(f"/rooms/hq/members/{other.pk}/", form).status_code == 403


def test_a_moderator_takes_members_out(mona: User, bob: User, hq: Room) -> None:
    visitor = Visitor(mona).open("/rooms/hq/members/").press("Remove Bob")
    assert "Bob is no longer in hq" in visitor.text
    assert not bob.memberships.exists()


def test_nobody_is_changed_from_another_room(alice: User, carol: User, hq: Room, den: Room) -> None:
    elsewhere = make_room("elsewhere", carol)
    assert browser(alice).post(f"/rooms/hq/members/{carol.pk}/", {"remove": "yes"}).status_code == 404
    assert seat(carol, elsewhere).is_owner


def test_an_ordinary_member_sees_who_is_there_and_no_buttons(bob: User, hq: Room) -> None:
    visitor = Visitor(bob).open("/rooms/hq/members/")
    assert {"@alice", "@bob", "@mona", "@ada"} <= set(visitor.text.split())
    assert not any(visitor.may_press(f"Remove {name}") for name in ("Alice", "Mona", "Ada"))


def test_who_has_left_is_not_in_the_list(bob: User, alice: User, hq: Room) -> None:
    leave_room(seat(bob, hq))
    assert "@bob" not in Visitor(alice).open("/rooms/hq/members/").text.split()


# Settings


def test_a_room_gets_another_name_and_keeps_its_address(alice: User, hq: Room) -> None:
    visitor = Visitor(alice).open("/rooms/hq/settings/").press("Save", name="Headquarters", topic="New topic")
    assert "Saved." in visitor.text
    hq.refresh_from_db()
    assert (hq.name, hq.topic, hq.slug, hq.kind) == ("Headquarters", "New topic", "hq", "public")


def test_a_name_that_is_refused_is_not_shown_as_the_rooms(alice: User, hq: Room) -> None:
    visitor = Visitor(alice).open("/rooms/hq/settings/").press("Save", name="!!!")
    assert visitor.status == 422
    back = re.search(r'class="sheet__back".*?<bdi>(.*?)</bdi>', visitor.html, re.DOTALL)
    assert back
    assert back[1] == "hq"


def test_the_assistant_is_taken_out_and_put_in_again(alice: User, studio: Site) -> None:
    room = make_room("harbour", alice)
    visitor = Visitor(alice).open("/rooms/harbour/settings/").press("Add the assistant")
    assert room.memberships.filter(user__is_bot=True).count() == 1
    visitor.open("/rooms/harbour/settings/").press("Remove the assistant")
    assert room.memberships.filter(user__is_bot=True).count() == 0


# Invitations


def test_a_link_is_made_followed_and_withdrawn(alice: User, carol: User, den: Room) -> None:
    owner = Visitor(alice).open("/rooms/den/settings/").press("New link", days="1", uses="10")
    invite = Invite.objects.get(room=den)
    assert invite.uses_left == 10
    assert timedelta(hours=23) < invite.expires_at - timezone.now() <= timedelta(days=1)  # type: ignore[operator]
    assert f"http://testserver/invite/{invite.token}/" in owner.html
    guest = Visitor(carol).open(f"/invite/{invite.token}/")
    assert "Alice invites you" in guest.text
    guest.press("Join room")
    assert guest.address == "/rooms/den/"
    owner.press("Revoke")
    assert "Ask whoever sent it" in Visitor(make_person("dave")).open(f"/invite/{invite.token}/").text


@pytest.mark.parametrize(
    "form", [{"days": "1000", "uses": ""}, {"days": "7", "uses": "-1"}, {"days": "x", "uses": "1"}]
)
def test_a_link_has_only_terms_that_were_offered(form: dict[str, str], alice: User, den: Room) -> None:
    browser(alice).post("/rooms/den/invites/", form)
    assert not Invite.objects.exists()


def test_all_terms_that_are_offered_are_taken(alice: User, den: Room) -> None:
    html = Visitor(alice).open("/rooms/den/settings/").html
    choices = {
        name: re.findall(r'<option value="(\d*)"', re.search(rf'<select name="{name}".*?</select>', html, re.DOTALL)[0])  # type: ignore[index]
        for name in ("days", "uses")
    }
    for days in choices["days"]:
        for uses in choices["uses"]:
            browser(alice).post("/rooms/den/invites/", {"days": days, "uses": uses})
    assert Invite.objects.count() == len(choices["days"]) * len(choices["uses"]) >= 6


@pytest.mark.parametrize(("days", "uses"), [(-1, None), (7, 0)])
def test_a_link_that_has_ended_says_so_and_lets_nobody_in(
    days: float, uses: int | None, alice: User, carol: User, den: Room
) -> None:
    invite = link(den, alice, days=days, uses=uses)
    visitor = Visitor(carol).open(f"/invite/{invite.token}/")
    assert visitor.status == 410
    assert not visitor.may_press("Join room")
    browser(carol).post(f"/invite/{invite.token}/")
    assert not carol.memberships.exists()


def test_a_link_is_revoked_only_by_those_of_its_room(alice: User, carol: User, den: Room) -> None:
    invite, elsewhere = link(den, alice), make_room("elsewhere", carol)
    assert browser(carol).post(f"/rooms/{elsewhere.slug}/invites/{invite.pk}/revoke/").status_code == 404
    invite.refresh_from_db()
    assert invite.state == "valid"


def test_who_is_not_signed_in_is_asked_to_and_comes_back(alice: User, den: Room) -> None:
    invite = link(den, alice)
    visitor = Visitor(None).open(f"/invite/{invite.token}/")
    assert any(href.endswith(f"?next=/invite/{invite.token}/") for href in visitor.page.links)
    assert not visitor.may_press("Join room")


def test_a_made_up_link_is_nothing(carol: User) -> None:
    assert Visitor(carol).open("/invite/xxxxxxxxxxxxxxxxxxxxxxxx/").status == 404


# Messages


@pytest.fixture
def talk(alice: User, hq: Room) -> Room:
    """More than two pages of it, written past the actions, which would take their time."""
    last = hq.last_seq + 2 * PAGE + 10
    places = range(hq.last_seq + 1, last + 1)
    Message.objects.bulk_create(Message(room=hq, seq=n, revision=n, author=alice, body="Word") for n in places)
    hq.last_seq = hq.last_revision = last
    hq.save()
    return hq


def test_a_room_opens_at_its_newest_messages(bob: User, talk: Room) -> None:
    html = Visitor(bob).open("/rooms/hq/").html
    last = talk.last_seq
    assert shown_seqs(html) == list(range(last - PAGE + 1, last + 1))
    assert attribute(html, "before") == str(last - PAGE + 1)
    assert attribute(html, "after") == ""
    assert attribute(html, "revision") == str(talk.last_revision)


def test_scrolling_up_reaches_the_first_message_and_repeats_none(bob: User, talk: Room) -> None:
    seen: list[int] = []
    page = shown_seqs(Visitor(bob).open("/rooms/hq/").html)
    while page:
        seen = page + seen
        page = shown_seqs(Visitor(bob).open(f"/rooms/hq/messages/?before={seen[0]}").html)
    assert seen == list(range(1, talk.last_seq + 1))


def test_scrolling_down_reaches_the_last_message_and_repeats_none(bob: User, talk: Room) -> None:
    seen = [0]
    while page := shown_seqs(Visitor(bob).open(f"/rooms/hq/messages/?after={seen[-1]}").html):
        seen += page
    assert seen == list(range(talk.last_seq + 1))


@pytest.mark.parametrize("seq", [1, 2, 55, 109, 114])
def test_a_permalink_shows_what_was_said_around_it(seq: int, bob: User, talk: Room) -> None:
    html = Visitor(bob).open(f"/rooms/hq/{seq}").html
    shown = shown_seqs(html)
    assert shown == list(range(max(1, seq - PAGE // 2), min(talk.last_seq, seq + PAGE // 2 - 1) + 1))
    assert attribute(html, "target") == str(seq)
    assert (attribute(html, "after") == "") is (shown[-1] == talk.last_seq)


@pytest.mark.parametrize("seq", ["0", "99999", "9" * 30])
def test_a_permalink_to_nothing_still_opens_the_room(seq: str, bob: User, hq: Room) -> None:
    assert Visitor(bob).open(f"/rooms/hq/{seq}").status in {200, 404}


@pytest.mark.parametrize("question", ["before=x", "before=-1", "after=" + "9" * 40, "before=1&after=", "before=٣", ""])
def test_a_page_that_nobody_can_have_asked_for_is_no_error(question: str, bob: User, hq: Room) -> None:
    assert Visitor(bob).open(f"/rooms/hq/messages/?{question}").status == 200


def test_before_the_first_message_there_is_nothing(bob: User, hq: Room) -> None:
    assert shown_seqs(Visitor(bob).open("/rooms/hq/messages/?before=1").html) == []


def test_messages_are_articles_named_by_author_and_time_in_a_log(bob: User, alice: User, hq: Room) -> None:
    message = say(alice, hq, "Ahoy")
    html = Visitor(bob).open("/rooms/hq/").html
    assert 'role="log" aria-label="Messages"' in html
    assert f'aria-labelledby="author-{message.pk} time-{message.pk}"' in html
    assert f'<b id="author-{message.pk}"' in html
    assert f'<time id="time-{message.pk}"' in html
    assert '<nav aria-label="Rooms">' in html


def test_what_people_write_is_words_and_not_markup(alice: User, bob: User, hq: Room) -> None:
    User.objects.filter(pk=alice.pk).update(display_name="<b>Alice</b>")
    say(alice, hq, "<script>alert(1)</script>", reply_to=say(bob, hq, "<img src=x onerror=alert(1)>"))
    Room.objects.filter(pk=hq.pk).update(name="<i>hq</i>", topic="<u>topic</u>")
    html = Visitor(bob).open("/rooms/hq/").html
    for mark in ("<script>alert", "<img src=x", "<b>Alice", "<i>hq", "<u>topic"):
        assert mark not in html


def test_an_answer_shows_how_it_stands(alice: User, ada: User, hq: Room) -> None:
    question = say(alice, hq, "Why?")
    answer = start_message(seat(ada, hq), reply_to=question, client_id=question.pk)
    assert Visitor(alice).open("/rooms/hq/").may_press("Stop")
    finish_message(answer, body="Bec", status=Message.Status.STOPPED, note="Stopped by Alice")
    visitor = Visitor(alice).open("/rooms/hq/")
    assert visitor.may_press("Retry")
    assert "Stopped by Alice" in visitor.text


def test_what_is_not_sent_yet_is_ones_own(alice: User, bob: User, hq: Room) -> None:
    write_note(seat(alice, hq), body="Half a thought", base=0)
    assert "Half a thought" in Visitor(alice).open("/rooms/hq/").html
    assert "Half a thought" not in Visitor(bob).open("/rooms/hq/").html


# When something is wrong


def test_pages_that_are_not_there_say_so_in_the_sites_own_words(alice: User, studio: Site) -> None:
    for user in (alice, None):
        visitor = Visitor(user).open("/nowhere/at/all/")
        assert visitor.status == 404
        assert "Harbour Studio" in visitor.html
    assert "Traceback" not in visitor.html


def test_what_is_not_allowed_says_so_in_the_sites_own_words(bob: User, hq: Room) -> None:
    visitor = Visitor(bob).open("/rooms/hq/settings/")
    assert visitor.status == 403
    assert "Harbour Studio" in visitor.html


def test_a_form_that_is_too_old_says_what_to_do(alice: User, studio: Site) -> None:
    answer = browser(alice, enforce_csrf_checks=True).post("/rooms/new/", {"name": "x"})
    assert answer.status_code == 403
    assert "<h1" in answer.content.decode()


def test_when_all_fails_there_is_still_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(Site, "current", fail)
    client = Client(raise_request_exception=False)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "<h1" in answer.content.decode()
    assert "secret reason" not in answer.content.decode()


def test_no_page_is_kept_for_the_next_person(alice: User, hq: Room) -> None:
    """Whoever presses Back after signing out sees no room."""
    client = browser(alice)
    for address in ("/rooms/hq/", "/rooms/", "/rooms/hq/messages/", "/rooms/sidebar/", "/jump/", "/rooms/hq/members/"):
        assert "no-store" in client.get(address).headers.get("Cache-Control", ""), address
