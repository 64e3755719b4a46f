"""Who may ask now. An answer costs money, so a question that nobody can count is not taken.

Q1 asked much in a short time · Q3 nothing can be counted.
"""

from accounts.models import User
from aibot.addressing import Verdict
from aibot.models import Decision
from chatsite.lib.ratelimit import Uncounted, strict_wait_for
from rooms.exceptions import Refused, TooFast, spoken
from rooms.models import Message

UNCOUNTED = "The assistant cannot take questions right now. Ask again in a moment."


def within_limits(message: Message, verdict: Verdict) -> Verdict:
    """The same verdict, or silence with a note that says why."""
    if verdict.assistant is None:
        return verdict
    try:
        wait = strict_wait_for("ask", message.author_id)
    except Uncounted:
        return _turned_away("Q3", UNCOUNTED)
    if wait:
        return _turned_away("Q1", f"Too many questions at once. The assistant takes the next one in {spoken(wait)}.")
    return verdict


def require_question(user: User) -> None:
    """For an answer that somebody wants once more."""
    try:
        wait = strict_wait_for("ask", user.pk)
    except Uncounted as error:
        raise Refused(UNCOUNTED) from error
    if wait:
        raise TooFast(wait)


def _turned_away(rule: str, note: str) -> Verdict:
    return Verdict(Decision.Action.SILENT, rule, note=note)
