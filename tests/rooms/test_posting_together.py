"""What waits is stored together, and each is answered for itself: whoever is refused keeps nobody else from posting."""

from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from aibot.models import Decision
from chatsite.lib.ratelimit import LIMITS, Limit
from chatsite.lib.realtime import Frame
from rooms import posting
from rooms.actions import messages
from rooms.actions.memberships import add_member, remove_member
from rooms.actions.messages import Submission, post_messages
from rooms.exceptions import Conflict, NotFound, Refused
from rooms.models import Membership, Message, Room
from rooms.models.log import Entry, append
from tests.people import make_room, say, seat
from tests.rooms.crowd import at_once

pytestmark = pytest.mark.usefixtures("live")


def words(room: Room, body: str = "Ahoy", **fields: object) -> Frame:
    return {"room": str(room.pk), "client_id": str(uuid4()), "body": body, **fields}


def together(*posts: tuple[User, Frame]) -> list[object]:
    """The seq of what was stored, the code of what was refused."""
    answers: list[list[Frame | Refused]] = []
    posting.post_together([posting.Post(user, command) for user, command in posts], answers.append)
    [outcomes] = answers
    return [outcome.code if isinstance(outcome, Refused) else outcome["seq"] for outcome in outcomes]


def bodies(room: Room) -> list[str]:
    return [message.body for message in room.messages.filter(kind=Message.Kind.MESSAGE).in_order()]


def is_whole(*rooms: Room) -> bool:
    """Numbers without holes, up to the last one."""
    for room in rooms:
        room.refresh_from_db()
        if [message.seq for message in room.messages.in_order()] != list(range(1, room.last_seq + 1)):
            return False
        if room.messages.latest("revision").revision != room.last_revision:
            return False
    return True


def test_they_are_numbered_in_their_order_room_by_room(alice: User, bob: User, hq: Room, den: Room) -> None:
    first, other = hq.last_seq + 1, den.last_seq + 1
    posts = [(alice, words(hq, "1")), (bob, words(den, "a")), (bob, words(hq, "2")), (alice, words(hq, "3"))]
    assert together(*posts) == [first, other, first + 1, first + 2]
    assert (bodies(hq), bodies(den)) == (["1", "2", "3"], ["a"])
    assert is_whole(hq, den)


def test_whoever_says_it_has_read_it(alice: User, bob: User, hq: Room, den: Room) -> None:
    last = together((alice, words(hq)), (bob, words(hq)), (alice, words(den)), (alice, words(hq)))[-1]
    assert (seat(alice, hq).last_read_seq, seat(bob, hq).last_read_seq) == (last, last - 1)
    assert seat(alice, den).last_read_seq == den.messages.latest("seq").seq


def test_each_is_refused_for_itself(alice: User, bob: User, carol: User, hq: Room, den: Room) -> None:
    foreign = say(alice, den, "elsewhere")
    posts = [
        (alice, words(hq, "first")),
        (carol, words(hq, "from outside")),
        (alice, words(hq, "")),
        (alice, words(hq, "x" * (16 * 1024 + 1))),
        (bob, {"body": "no room"}),
        (bob, words(hq, "a reply to nothing", reply_to=str(foreign.pk))),
        (alice, words(hq, "nowhere") | {"room": str(uuid4())}),
        (bob, words(hq, "last")),
    ]
    seq = hq.last_seq + 1
    wanted = [seq, "not_found", "empty", "too_long", "bad_request", "not_found", "not_found", seq + 1]
    assert together(*posts) == wanted
    assert bodies(hq) == ["first", "last"]
    assert is_whole(hq)


def test_the_same_post_twice_in_one_go_is_one_message(alice: User, bob: User, hq: Room) -> None:
    twice, seq = words(hq, "Once"), hq.last_seq + 1
    posts = [(alice, twice), (bob, words(hq)), (alice, twice), (alice, twice | {"body": "Twice"}), (bob, twice)]
    assert together(*posts) == [seq, seq + 1, seq, "conflict", seq + 2]
    assert bodies(hq) == ["Once", "Ahoy", "Once"]
    assert is_whole(hq)


def test_what_was_sent_before_keeps_its_place_and_nobody_waits_for_it(alice: User, hq: Room, den: Room) -> None:
    before = words(hq, "Before")
    (seq,) = together((alice, before))
    posts = [(alice, words(hq)), (alice, before), (alice, before | {"room": str(den.pk)}), (alice, words(hq))]
    assert together(*posts) == [seq + 1, seq, "conflict", seq + 2]
    assert is_whole(hq, den)


def test_a_pace_that_one_exceeds_is_not_the_others(
    alice: User, bob: User, hq: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "post", Limit(2, 100))
    posts = [(alice, words(hq)) for _ in range(4)] + [(bob, words(hq))]
    assert [type(outcome) for outcome in together(*posts)] == [int, int, str, str, int]


def test_removed_at_that_moment_one_stores_nothing_and_the_rest_do(alice: User, bob: User, hq: Room) -> None:
    his, hers, before = seat(bob, hq), seat(alice, hq), hq.last_seq
    remove_member(seat(bob, hq), by=hers)
    outcomes = post_messages([Submission(his, "too late", uuid4()), Submission(hers, "in time", uuid4())])
    assert isinstance(outcomes[0], NotFound)
    assert isinstance(outcomes[1], Message)
    assert outcomes[1].seq == before + 2
    assert is_whole(hq)


def test_who_is_removed_while_a_post_waits_for_the_room_is_found_out(alice: User, bob: User, hq: Room) -> None:
    """Over and over, as the moment cannot be chosen: what is stored stands before the removal."""
    for _ in range(12):
        place, key = seat(bob, hq), uuid4()
        posted, _ = at_once(
            partial(post_messages, [Submission(place, "or not", key), Submission(seat(alice, hq), "Ahoy", uuid4())]),
            partial(remove_member, seat(bob, hq), by=seat(alice, hq)),
        )
        gone = hq.messages.filter(author=bob, kind=Message.Kind.EVENT).latest("seq")
        stored = hq.messages.filter(client_id=key).first()
        assert isinstance(posted[0], NotFound) if stored is None else stored.seq < gone.seq
        assert isinstance(posted[1], Message)
        add_member(hq, user=bob)
    assert is_whole(hq)


def test_many_batches_over_the_same_rooms_never_wait_for_each_other(alice: User, bob: User, mona: User) -> None:
    rooms = [make_room(f"room {n}", alice, bob, mona) for n in range(4)]
    places = {user: [seat(user, room) for room in rooms] for user in (alice, bob, mona)}

    def write(user: User, turn: int) -> list[object]:
        order = places[user][turn:] + places[user][:turn]
        return [
            type(outcome)
            for _ in range(6)
            for outcome in post_messages([Submission(place, "Ahoy", uuid4()) for place in order])
        ]

    jobs = [partial(write, user, turn) for user in (alice, bob, mona) for turn in (0, 2)]
    assert at_once(*jobs) == [[Message] * 24] * 6
    assert is_whole(*rooms)


def test_a_race_for_one_key_costs_nobody_else_their_message(alice: User, bob: User, hq: Room, den: Room) -> None:
    """In two rooms nothing orders the two; the index decides, and whoever wrote beside them is stored as well."""
    hers, there = seat(alice, hq), seat(alice, den)
    for _ in range(10):
        key = uuid4()

        def write(place: Membership, key: UUID = key) -> list[object]:
            beside = Submission(seat(bob, place.room), "Ahoy", uuid4())
            return [type(one) for one in post_messages([Submission(place, "Mine", key), beside])]

        outcomes = at_once(partial(write, hers), partial(write, there))
        assert sorted(first.__name__ for first, _ in outcomes) == ["Conflict", "Message"]
        assert [second for _, second in outcomes] == [Message, Message]
    assert is_whole(hq, den)


def test_the_log_takes_all_or_none_of_two_with_one_key(alice: User, hq: Room) -> None:
    before, key = hq.last_seq, uuid4()
    twins = [Message(room=hq, author=alice, body="Twin", client_id=key) for _ in range(2)]
    with pytest.raises(IntegrityError):
        append([Entry(message, by=seat(alice, hq)) for message in twins])
    hq.refresh_from_db()
    assert hq.last_seq == before
    assert append([Entry(twins[0])]) == [twins[0]]
    assert append([Entry(twins[1])]) == []
    assert is_whole(hq)


def test_whom_they_mention_is_stored_with_them(alice: User, bob: User, carol: User, hq: Room) -> None:
    together((alice, words(hq, "@bob and @carol")), (bob, words(hq, "@alice, @bob")), (alice, words(hq, "nobody")))
    called = [set(message.mentions.all()) for message in hq.messages.filter(kind=Message.Kind.MESSAGE).in_order()]
    assert called == [{bob}, {alice, bob}, set()]


def test_twelve_ask_the_database_as_often_as_one(alice: User, bob: User, hq: Room, den: Room) -> None:
    """With an assistant in each room, who considers each of them."""

    def queries(count: int) -> int:
        posts = [((alice, bob)[n % 2], words((hq, den)[n % 3 == 0])) for n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            assert all(isinstance(outcome, int) for outcome in together(*posts))
        return len(asked)

    assert queries(1) == queries(12)


def test_all_of_them_are_considered(alice: User, bob: User, hq: Room, den: Room) -> None:
    called = words(hq, "@ada when?")
    together((alice, words(hq)), (bob, called), (bob, words(den, "ok")), (bob, words(hq, "thx")))
    decisions = Decision.objects.filter(message__author__is_bot=False, message__kind=Message.Kind.MESSAGE)
    rules = {(one.message.room_id, one.message.body): one.rule for one in decisions}
    assert rules == {(hq.pk, "Ahoy"): "N8", (hq.pk, "@ada when?"): "Y1", (den.pk, "ok"): "N5", (hq.pk, "thx"): "N5"}


def test_who_cannot_be_stored_at_all_is_the_only_one(alice: User, bob: User, hq: Room) -> None:
    gone = Message(room=hq, author=alice, body="gone")
    submissions = [Submission(seat(alice, hq), "a reply", uuid4(), gone), Submission(seat(bob, hq), "Ahoy", uuid4())]
    outcomes = post_messages(submissions)
    assert isinstance(outcomes[0], NotFound)
    assert isinstance(outcomes[1], Message)
    assert is_whole(hq)


def test_a_conflict_is_told_with_its_own_words(alice: User, hq: Room) -> None:
    key = uuid4()
    outcomes = post_messages([Submission(seat(alice, hq), body, key) for body in ("One", "Another")])
    assert isinstance(outcomes[1], Conflict)
    with pytest.raises(Conflict):
        messages.post_message(seat(alice, hq), body="Another", client_id=key)


def test_who_left_before_the_door_is_not_found(alice: User, bob: User, hq: Room) -> None:
    Membership.objects.filter(pk=seat(bob, hq).pk).update(left_at=timezone.now())
    assert together((bob, words(hq)), (alice, words(hq)))[0] == "not_found"
