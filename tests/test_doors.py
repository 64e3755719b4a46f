"""Every door with every person: each address of the site and each command of its socket, and what it answers to whom.

A door that the tables do not name fails the test.
"""

import ast
import inspect
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from rooms.actions.memberships import add_member, create_invite
from rooms.actions.messages import finish_message, start_message
from rooms.consumers import ChatConsumer
from rooms.models import Message, Room
from tests.people import browser, make_person, say, seat
from tests.rooms.tabs import tab

OURS = ("chatsite.", "accounts.", "rooms.", "aibot.", "moderation.")

# What each person gets: a status, or "in" where they are sent to sign in. alice owns the room, mona moderates it, bob
# is a member and asked what the assistant is answering, ada is that assistant, carol is not in the room. `hq` is
# public, `den` private: there carol gets the same answer as for a room that does not exist. The settings that are sent
# make a room public, which only owners may.
DOORS = """
door            method  room | alice mona bob carol ada nobody
home            GET     -    | 302   302  302 302   302 in
first_run       GET     -    | 404   404  404 404   404 404
first_run       POST    -    | 404   404  404 404   404 404
livez           GET     -    | 200   200  200 200   200 200
readyz          GET     -    | -     -    -   -     -   503
metrics         GET     -    | 404   404  404 404   404 404
profile         GET     -    | 200   200  200 200   200 in
profile         POST    -    | 422   422  422 422   422 in
theme           POST    -    | 204   204  204 204   204 in
person          GET     -    | 200   200  200 200   200 in
avatar          GET     -    | 404   404  404 404   404 404
jump            GET     -    | 200   200  200 200   200 in
room_list       GET     -    | 200   200  200 200   200 in
room_create     GET     -    | 200   200  200 200   200 in
room_create     POST    -    | 302   302  302 302   302 in
room_sidebar    GET     -    | 200   200  200 200   200 in
room            GET     hq   | 200   200  200 200   200 in
room            GET     den  | 200   200  200 404   200 in
message         GET     hq   | 200   200  200 200   200 in
message         GET     den  | 200   200  200 404   200 in
message_page    GET     hq   | 200   200  200 200   200 in
message_page    GET     den  | 200   200  200 404   200 in
room_join       POST    hq   | 302   302  302 302   302 in
room_join       POST    den  | 302   302  302 404   302 in
room_leave      POST    hq   | 302   302  302 404   302 in
room_leave      POST    den  | 302   302  302 404   302 in
room_settings   GET     hq   | 200   200  403 404   403 in
room_settings   GET     den  | 200   200  403 404   403 in
room_settings   POST    hq   | 302   302  403 404   403 in
room_settings   POST    den  | 302   403  403 404   403 in
room_members    GET     hq   | 200   200  200 200   200 in
room_members    GET     den  | 200   200  200 404   200 in
room_member     POST    hq   | 302   302  403 404   403 in
room_member     POST    den  | 302   302  403 404   403 in
invite_create   POST    hq   | 302   302  403 404   403 in
invite_create   POST    den  | 302   302  403 404   403 in
invite_revoke   POST    hq   | 302   302  403 404   403 in
invite_revoke   POST    den  | 302   302  403 404   403 in
invite          GET     hq   | 302   302  302 200   302 200
invite          GET     den  | 302   302  302 200   302 200
invite          POST    hq   | 302   302  302 302   302 200
invite          POST    den  | 302   302  302 302   302 200
answer_stop     POST    hq   | 204   204  204 404   403 in
answer_stop     POST    den  | 204   204  204 404   403 in
answer_retry    POST    hq   | 204   204  204 404   403 in
answer_retry    POST    den  | 204   204  204 404   403 in
room_assistant  POST    hq   | 302   302  403 404   403 in
room_assistant  POST    den  | 302   302  403 404   403 in
"""

# "ok", or the code of the error. Nobody gets no socket at all: close 4401.
COMMANDS = """
command    room | alice mona bob carol     ada
open       hq   | ok    ok   ok  ok        ok
open       den  | ok    ok   ok  not_found ok
close      hq   | ok    ok   ok  ok        ok
close      den  | ok    ok   ok  ok        ok
post       hq   | ok    ok   ok  not_found ok
post       den  | ok    ok   ok  not_found ok
read       hq   | ok    ok   ok  not_found ok
read       den  | ok    ok   ok  not_found ok
note       hq   | ok    ok   ok  not_found ok
note       den  | ok    ok   ok  not_found ok
typing     hq   | ok    ok   ok  not_found ok
typing     den  | ok    ok   ok  not_found ok
heartbeat  -    | ok    ok   ok  ok        ok
"""

# Not ours, and tested by their makers; named here so that no further one comes in unseen.
ALLAUTH = {
    *("account_login", "account_logout", "account_signup", "account_inactive", "account_reauthenticate"),
    *("account_confirm_login_code",),
    *("account_email", "account_confirm_email", "account_email_verification_sent"),
    *("account_change_password", "account_set_password", "account_reset_password", "account_reset_password_done"),
    *("account_reset_password_from_key", "account_reset_password_from_key_done"),
    *("socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup"),
    *("socialaccount_connections", "google_login", "google_callback", "google_login_by_token"),
    *("facebook_login", "facebook_callback", "facebook_login_by_token"),
}


class Row(NamedTuple):
    door: str
    method: str
    room: str
    answers: dict[str, str]


def rows(table: str) -> list[Row]:
    head, *lines = [line.split("|") for line in table.strip().splitlines()]
    people = head[1].split()
    found = []
    for left, right in lines:
        door, *middle, room = left.split()
        found.append(Row(door, *(middle or ["command"]), room, dict(zip(people, right.split(), strict=True))))
    return found


DOOR_ROWS, COMMAND_ROWS = rows(DOORS), rows(COMMANDS)


class Crowd:
    """The people, with dave to be changed by them, and in each room a message, an answer and an invitation."""

    def __init__(self, hq: Room, den: Room, **people: User) -> None:
        self.people: dict[str, User | None] = {**people, "nobody": None}
        self.rooms = {"hq": hq, "den": den}
        self.dave = make_person("dave")
        self.answers: dict[str, Message] = {}
        self.invites = {}
        for name, room in self.rooms.items():
            add_member(room, user=self.dave)
            question = say(people["bob"], room, "What is this?")
            self.answers[name] = start_message(seat(people["ada"], room), reply_to=question, client_id=uuid4())
            week = timezone.now() + timedelta(days=7)
            self.invites[name] = create_invite(seat(people["alice"], room), expires_at=week, uses_left=9)
        # Another owner, so that alice may go.
        hq.memberships.filter(user=self.dave).update(role="owner")
        den.memberships.filter(user=self.dave).update(role="owner")

    def address(self, door: str, room: str) -> str:
        slug, answer, invite = room, self.answers.get(room), self.invites.get(room)
        arguments = {
            "person": ["dave"],
            "avatar": [self.dave.pk, "0" * 32],
            "message": [slug, 1],
            "room_member": [slug, self.eve(room).pk] if room != "-" else [],
            "invite_revoke": [slug, invite.pk if invite else 0],
            "invite": [invite.token if invite else ""],
            "answer_stop": [answer.pk if answer else ""],
            "answer_retry": [answer.pk if answer else ""],
        }
        return reverse(door, args=arguments.get(door, [] if room == "-" else [slug]))

    def eve(self, room: str) -> User:
        """An ordinary member, whom moderators may change."""
        eve = User.objects.filter(handle="eve").first() or make_person("eve")
        add_member(self.rooms[room], user=eve)
        return eve


FORMS = {
    "profile": {"display_name": "Somebody", "handle": "not a handle"},
    "theme": {"theme": "dark"},
    "room_create": {"name": "Harbour", "topic": "", "kind": "public"},
    "room_settings": {"name": "Renamed", "topic": "", "kind": "public"},
    "room_member": {"role": "member"},
    "invite_create": {"days": "7", "uses": ""},
    "room_assistant": {"action": "add"},
}


@pytest.fixture
def crowd(hq: Room, den: Room, alice: User, mona: User, bob: User, carol: User, ada: User) -> Crowd:
    return Crowd(hq, den, alice=alice, mona=mona, bob=bob, carol=carol, ada=ada)


@pytest.mark.parametrize("row", DOOR_ROWS, ids=lambda row: f"{row.method} {row.door} {row.room}")
def test_every_door_answers_everybody_as_the_table_says(row: Row, crowd: Crowd) -> None:
    if row.door == "answer_retry":
        finish_message(crowd.answers[row.room], body="Half", status=Message.Status.STOPPED)
    address = crowd.address(row.door, row.room)
    answers = {name: knock(crowd, name, row, address) for name in row.answers if row.answers[name] != "-"}
    assert answers == {name: answer for name, answer in row.answers.items() if answer != "-"}


def knock(crowd: Crowd, name: str, row: Row, address: str) -> str:
    """What this person gets; afterwards nothing has happened."""
    with transaction.atomic():
        response = browser(crowd.people[name]).generic(
            row.method, address, form(row), content_type="application/x-www-form-urlencoded"
        )
        transaction.set_rollback(True)
    is_sent_away = response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    return "in" if is_sent_away else str(response.status_code)


def form(row: Row) -> str:
    fields = FORMS.get(row.door, {}) if row.method == "POST" else {}
    return "&".join(f"{name}={value}" for name, value in fields.items())


POSTED = sorted({row.door for row in DOOR_ROWS if row.method == "POST"})
ONLY_POSTED = sorted(set(POSTED) - {row.door for row in DOOR_ROWS if row.method == "GET"})


def row_of(door: str, method: str) -> Row:
    return next(row for row in DOOR_ROWS if (row.door, row.method) == (door, method))


@pytest.mark.parametrize("door", ONLY_POSTED)
def test_what_changes_something_cannot_be_done_by_following_a_link(door: str, crowd: Crowd) -> None:
    row = row_of(door, "POST")
    for name in crowd.people:
        answer = browser(crowd.people[name]).get(crowd.address(door, row.room))
        assert answer.status_code == 405 or (name == "nobody" and answer.status_code == 302)


@pytest.mark.parametrize("door", sorted(set(POSTED) - {"first_run"}))
def test_no_form_of_another_site_is_taken(door: str, crowd: Crowd) -> None:
    row = row_of(door, "POST")
    client = browser(crowd.people["alice"], enforce_csrf_checks=True)
    address, fields = crowd.address(door, row.room), form(row)
    answer = client.post(address, fields, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 403
    assert "text/html" in answer["Content-Type"]


def test_with_its_own_token_a_form_is_taken(crowd: Crowd) -> None:
    client = browser(crowd.people["alice"], enforce_csrf_checks=True)
    client.get(reverse("room_create"))
    fields = {**FORMS["room_create"], "csrfmiddlewaretoken": client.cookies["csrf"].value}
    assert client.post(reverse("room_create"), fields).status_code == 302


def test_every_address_of_ours_stands_in_the_table() -> None:
    found = {door.name for route, door in doors() if is_ours(door) and not route.startswith("admin/")}
    assert found == {row.door for row in DOOR_ROWS}


def test_every_address_of_others_is_known() -> None:
    """The administration has its own tests; all else of others is about accounts."""
    others = {route: door for route, door in doors() if not is_ours(door) and not route.startswith("admin/")}
    assert {route.partition("/")[0] for route in others} == {"accounts"}
    assert {door.name for door in others.values() if door.name} == ALLAUTH


def is_ours(door: URLPattern) -> bool:
    return door.callback.__module__.startswith(OURS)


def doors() -> Iterator[tuple[str, URLPattern]]:
    """Each with the whole of its route."""
    waiting: list[tuple[str, URLPattern | URLResolver]] = [("", get_resolver())]
    while waiting:
        before, one = waiting.pop()
        route = before + str(one.pattern).removeprefix("^/")
        if isinstance(one, URLResolver):
            waiting += [(route, inner) for inner in one.url_patterns]
        else:
            yield route, one


# The administration


def admin_pages() -> list[str]:
    return [
        reverse("admin:index"),
        *(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for model in admin.site._registry
        ),
    ]


def test_the_administration_is_for_administrators(crowd: Crowd) -> None:
    for address in admin_pages():
        for name in crowd.people:
            answer = browser(crowd.people[name]).get(address)
            assert answer.status_code in {302, 403, 404}, (name, address)
            assert answer.status_code != 302 or "login" in answer["Location"], (name, address)


def test_who_is_staff_but_has_no_rights_sees_no_table(crowd: Crowd) -> None:
    staff = browser(make_person("staff", is_staff=True))
    assert {staff.get(address).status_code for address in admin_pages()[1:]} == {403}


# The socket


def fields(command: str, room: Room) -> dict[str, object]:
    more = {
        "open": {"since": 0},
        "post": {"client_id": str(uuid4()), "body": "Ahoy"},
        "read": {"seq": 1},
        "note": {"body": "Not yet", "base": 0},
    }
    return {"room": str(room.pk), **more.get(command, {})}


@pytest.mark.anyio
@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("name", COMMAND_ROWS[0].answers)
async def test_every_command_answers_everybody_as_the_table_says(
    name: str, hq: Room, den: Room, alice: User, mona: User, bob: User, carol: User, ada: User
) -> None:
    people = {"alice": alice, "mona": mona, "bob": bob, "carol": carol, "ada": ada}
    answers = {}
    async with tab(people[name]) as page:
        for row in COMMAND_ROWS:
            answer = await page.ask(row.door, **fields(row.door, {"hq": hq, "den": den, "-": hq}[row.room]))
            answers[row.door, row.room] = answer.get("code", answer["type"])
    assert answers == {(row.door, row.room): row.answers[name] for row in COMMAND_ROWS}


@pytest.mark.anyio
@pytest.mark.usefixtures("live")
async def test_a_private_room_and_none_at_all_sound_the_same(carol: User, den: Room) -> None:
    async with tab(carol) as page:
        for row in COMMAND_ROWS:
            private = await page.ask(row.door, **fields(row.door, den))
            none = await page.ask(row.door, **fields(row.door, Room()))
            assert {**private, "ref": 0} == {**none, "ref": 0}


@pytest.mark.anyio
@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("command", sorted({row.door for row in COMMAND_ROWS}))
async def test_nobody_gets_no_answer_at_all(command: str, hq: Room) -> None:
    async with tab(None) as page:
        await page.say(type=command, ref=1, **fields(command, hq))
        assert await page.closed() == 4401
        assert page.seen == []


def test_every_command_stands_in_the_table() -> None:
    tree = ast.parse(inspect.getsource(ChatConsumer._carry_out).strip().replace("\n    ", "\n"))
    cases = [case.pattern for node in ast.walk(tree) if isinstance(node, ast.Match) for case in node.cases]
    names = {one.value.value for case in cases for one in ast.walk(case) if isinstance(one, ast.MatchValue)}
    assert names == {row.door for row in COMMAND_ROWS}


def test_the_page_for_who_may_not_enter_says_no_name(carol: User, den: Room) -> None:
    answer = Client()
    answer.force_login(carol)
    for address in (reverse("room", args=["den"]), reverse("room", args=["no-such-room"])):
        page = answer.get(address)
        assert page.status_code == 404
        assert "den" not in page.content.decode().split()
