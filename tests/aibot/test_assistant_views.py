"""The doors to the assistant: who may stop it, try it again, and give it a seat."""

from collections.abc import Callable

import pytest
from django.test import Client

from aibot.models import Assistant, Run
from rooms.models import Membership, Message
from tests.aibot.fake import DemoModel
from tests.aibot.table import Table, being_written, person, until, write

Tables = Callable[..., Table]
PAGE = {"HTTP_ACCEPT": "text/html,application/xhtml+xml"}
ROLES = [("Asker", 204), ("Owner", 204), ("Moderator", 204), ("Member", 403), ("Outsider", 404), ("Former", 404)]


def browser(name: str) -> Client:
    client = Client()
    client.force_login(person(name))
    return client


@pytest.fixture
def house(table: Tables) -> Table:
    room = table("Owner", "Moderator", "Asker", "Member", "Former", kind="private")
    room.room.memberships.filter(user=person("Moderator")).update(role=Membership.Role.MODERATOR)
    room.room.memberships.filter(user=person("Former")).update(left_at="2026-11-20T12:00Z")
    return room


@pytest.mark.parametrize(("name", "status"), ROLES)
def test_an_answer_is_stopped_by_who_asked_and_who_manages_the_room(house: Table, name: str, status: int) -> None:
    run = house.asks("Asker")
    assert browser(name).post(f"/messages/{run.message_id}/stop/").status_code == status
    assert house.answer().status == ("stopped" if status == 204 else "drafting")
    assert Run.objects.get().stopped_by == (person(name) if status == 204 else None)


@pytest.mark.parametrize(("name", "status"), ROLES)
def test_an_answer_is_tried_again_by_who_asked_and_who_manages_the_room(
    house: Table, model: DemoModel, name: str, status: int
) -> None:
    run = house.asks("Asker")
    model.script({"status": 401})
    write(run)
    assert browser(name).post(f"/messages/{run.message_id}/retry/").status_code == status
    assert house.answer().status == ("drafting" if status == 204 else "failed")


@pytest.mark.parametrize("door", ["stop", "retry"])
def test_these_doors_open_only_for_posts_of_people_who_are_signed_in(house: Table, door: str) -> None:
    run = house.asks("Asker")
    address = f"/messages/{run.message_id}/{door}/"
    assert browser("Asker").get(address).status_code == 405
    assert Client().post(address).url.startswith("/accounts/login/")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("Asker"))
    assert strict.post(address).status_code == 403
    assert house.answer().status == "drafting"


@pytest.mark.parametrize("door", ["stop", "retry"])
def test_what_a_person_wrote_and_what_does_not_exist_is_not_found(house: Table, door: str) -> None:
    said = house.says("Asker", "Good morning")
    for pk in (said.pk, "5e0f5c7a-8d5c-4f5e-9d8e-0e6c1f0a7b11"):
        assert browser("Asker").post(f"/messages/{pk}/{door}/").status_code == 404


def test_without_script_one_comes_back_to_the_message(house: Table) -> None:
    run = house.asks("Asker")
    response = browser("Asker").post(f"/messages/{run.message_id}/stop/", **PAGE)
    assert response.url == house.answer().get_absolute_url()


def test_a_retry_while_the_assistant_is_busy_is_refused_with_a_sentence(house: Table, model: DemoModel) -> None:
    run = house.asks("Asker")
    model.script({"status": 401})
    write(run)
    house.asks("Owner")
    address, client = f"/messages/{run.message_id}/retry/", browser("Asker")
    refused = client.post(address)
    assert (refused.status_code, refused.content.decode()) == (
        409,
        "The assistant is busy with another answer. Try again when it has finished.",
    )
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert client.post(address, **PAGE).url == Message.objects.get(pk=run.message_id).get_absolute_url()
    assert Message.objects.get(pk=run.message_id).status == "failed"


def test_a_retry_is_refused_when_the_assistant_has_left(house: Table, model: DemoModel) -> None:
    run = house.asks("Asker")
    model.script({"status": 401})
    write(run)
    browser("Owner").post(f"/rooms/{house.room.slug}/assistant/", {"remove": ""})
    assert browser("Asker").post(f"/messages/{run.message_id}/retry/").status_code == 409


@pytest.mark.parametrize(
    ("name", "status"), [("Owner", 302), ("Moderator", 302), ("Member", 403), ("Former", 404), ("Outsider", 404)]
)
def test_who_manages_the_room_seats_and_unseats_the_assistant(house: Table, name: str, status: int) -> None:
    seat = house.room.memberships.filter(user=Assistant.default().user)
    address, client = f"/rooms/{house.room.slug}/assistant/", browser(name)
    assert client.post(address, {"remove": ""}).status_code == status
    assert seat.exists() is (status != 302)
    assert client.post(address, {"add": ""}).status_code == status
    assert seat.exists()


def test_seated_again_it_has_its_old_place_and_the_room_sees_it_come_and_go(house: Table) -> None:
    address, client = f"/rooms/{house.room.slug}/assistant/", browser("Owner")
    before = house.room.memberships.get(user__is_bot=True).seat
    for data in ({"remove": ""}, {"add": ""}, {"add": ""}):
        assert client.post(address, data).url == f"/rooms/{house.room.slug}/settings/"
    assert house.room.memberships.get(user__is_bot=True).seat == before
    events = house.room.messages.filter(author__is_bot=True, kind="event").order_by("seq")
    assert [event.body for event in events] == ["joined", "was removed", "joined"]


def test_unseated_while_it_writes_it_stops_first(house: Table, model: DemoModel, watchful: None) -> None:
    run = house.asks("Asker")
    model.script({"chunks": ["Half", {"wait": "for ever"}]})
    with being_written(run):
        until(lambda: house.answer().body == "Half", what="the first word")
        browser("Owner").post(f"/rooms/{house.room.slug}/assistant/", {"remove": ""})
        assert model.until_finished()[0]["outcome"] == "client went away"
    assert (house.answer().status, house.answer().body, run.stopped_by) == ("stopped", "Half", person("Owner"))
    assert house.room.messages.order_by("seq").last().body == "was removed"
    assert house.answer().revision < house.room.messages.order_by("seq").last().revision
