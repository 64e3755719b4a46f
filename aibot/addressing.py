"""Who is meant: decided by rules alone, before any model is asked. The first rule that fits wins.

N1 not a person's message · N3 no assistant here · N5 only thanks or emoji · Y1 mentioned · Y2 a reply to it ·
Y3 called by name · Y4 alone with it · N6 somebody else is mentioned · N7 a reply to somebody else · N8 not addressed.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef
from django.db.models.expressions import RawSQL
from emoji import replace_emoji

from aibot.models import Assistant, Decision
from chatsite.lib.prepared import SAMPLES, Prepared
from rooms import markup
from rooms.models import Membership, Message

_WORD = r"(?:thanks?(?: you)?|thx|ty|cheers|great|perfect|nice|ok(?:ay)?|cool|lol|haha+|got it)"
_GAP = r"[^\w?]"  # a question mark makes a question of it
THANKS = re.compile(
    rf"{_GAP}*{_WORD}(?:{_GAP}+{_WORD})*(?:{_GAP}+(?:all|everyone|so much|a lot))?{_GAP}*", re.IGNORECASE
)

NOBODY_HERE = "N3"
PEOPLE = Membership.objects.filter(room=OuterRef("user__memberships__room"), user__is_bot=False)
SEATED = Prepared(
    lambda rooms: (
        Assistant.objects.select_related("user")
        .filter(
            user__memberships__left_at=None,
            user__memberships__room__in=RawSQL("SELECT unnest(%s::uuid[])", [rooms]),
        )
        .annotate(room=F("user__memberships__room"), among_several=Exists(PEOPLE[1:2]))
    ),
    [SAMPLES[0]],
)


class Verdict(NamedTuple):
    action: str
    rule: str
    assistant: Assistant | None = None
    note: str = ""

    @property
    def is_quiet(self) -> bool:
        """Nothing is to be done about it."""
        return not (self.assistant or self.note)


def assistants_in(rooms: Collection[UUID]) -> Mapping[UUID, list[Assistant]]:
    """Those that have a seat there, by room; and whether there are several people (`among_several`)."""
    here: defaultdict[UUID, list[Assistant]] = defaultdict(list)
    for assistant in SEATED(list(rooms)):
        here[assistant.room].append(assistant)  # type: ignore[attr-defined]
    return here


def decide(message: Message, assistants: Sequence[Assistant]) -> Verdict:
    """`assistants` are those who have a seat in its room."""
    if message.author.is_bot or message.is_event or message.deleted_at:
        return _silent("N1")
    if not assistants:
        return _silent(NOBODY_HERE)
    return _addressed(message, assistants) or _left_alone(message)


def _addressed(message: Message, assistants: Sequence[Assistant]) -> Verdict | None:
    handles = markup.mentioned_handles(message.body)
    called = [one for one in assistants if one.user.handle in handles]
    replied = [one for one in assistants if message.reply_to and message.reply_to.author_id == one.user_id]
    named = [one for one in assistants if _opens_with_name(message.body, one.user.display_name)]
    rule, meant = next(
        ((rule, found[0]) for rule, found in (("Y1", called), ("Y2", replied), ("Y3", named)) if found), ("", None)
    )
    if _needs_no_answer(_without_handles(message.body, assistants)):
        return _silent("N5")
    if meant:
        return Verdict(Decision.Action.REPLY, rule, meant)
    return _alone_with(assistants)


def _alone_with(assistants: Sequence[Assistant]) -> Verdict | None:
    among_several: bool = assistants[0].among_several  # type: ignore[attr-defined]
    return None if among_several else Verdict(Decision.Action.REPLY, "Y4", assistants[0])


def _left_alone(message: Message) -> Verdict:
    if message.mentioned:
        return _silent("N6")
    return _silent("N7" if message.reply_to_id else "N8")


def _silent(rule: str) -> Verdict:
    return Verdict(Decision.Action.SILENT, rule)


def _needs_no_answer(text: str) -> bool:
    return bool(THANKS.fullmatch(text)) or (bool(text) and not replace_emoji(text).strip())


def _opens_with_name(body: str, name: str) -> bool:
    opening = rf"\s*(?:hey|hi|ok|okay|yo|so)?[\s,]*{re.escape(name)}\s*(?:[,:!?—–]|-(?!\w))"
    return bool(re.match(opening, markup.visible_text(body), re.IGNORECASE))


def _without_handles(body: str, assistants: Sequence[Assistant]) -> str:
    handles = "|".join(re.escape(one.user.handle) for one in assistants)
    return re.sub(rf"@(?:{handles})\b", " ", body, flags=re.IGNORECASE).strip()
