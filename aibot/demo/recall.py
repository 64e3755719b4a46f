"""Answers about the conversation itself: who said what, how much, and what was missed."""

import re

from .transcript import Conversation, Person, Statement
from .wording import attributed, bullets, counted, joined, keywords, quote, related

ASKS_WHAT = re.compile(
    r"\bwhat (?:did|does|has|have|is|was|were) (.+?) (?:said|say|saying|write|written|wrote|think|mean)\b(.*)", re.I
)
ASKS_WHO = re.compile(
    r"\bwho\b.*?\b(?:said|says|mentioned|wrote|asked|talked|spoke|brought|suggested|wants?|wanted|offered)\b(.*)", re.I
)
ASKS_HOW_MANY = re.compile(r"\bhow many\b.*\b(messages?|people|members?|persons?|posts|times|questions)\b", re.I)
ASKS_HOW_MANY_PEOPLE = re.compile(r"\bhow many (people|members?|persons?)\b", re.I)
ASKS_WHO_IS_HERE = re.compile(r"\bwho('s| is| are)\b.*\b(here|there|members?|in (this|the) room|around)\b", re.I)
ASKS_FOR_SUMMARY = re.compile(
    r"\b(summar\w*|catch (me|us) up|catch-?up|recap|tl;?dr|what did (i|we) miss|what happened)\b", re.I
)
ASKS_TO_FIND = re.compile(r"\b(?:search(?: the room)?(?: for)?|find|look (?:up|for))\b(.*)", re.I)
EVERYBODY = re.compile(r"\b(people|others|they|everyone|everybody|we)\b", re.I)
AT_MOST = 4


def what_somebody_said(conversation: Conversation, question: str) -> str | None:
    asked = ASKS_WHAT.search(question)
    if asked is None:
        return None
    if asked[1].casefold() in ("you", conversation.assistant.casefold()):
        return _own_last_words(conversation)
    if asked[1].casefold() == "i":
        return _words_of(conversation, Person(conversation.asker.name, conversation.asker.seat), about=asked[2])
    people = conversation.people_named_in(asked[1])
    if not people:
        return _what_others_said(conversation) if EVERYBODY.search(asked[1]) else None
    return "\n\n".join(_words_of(conversation, person, about=asked[2]) for person in people)


def _words_of(conversation: Conversation, person: Person, *, about: str) -> str:
    own = [each for each in conversation.earlier if each.tag == person.tag]
    if person.keeps_out:
        return f"{person.tag} keeps the AI out, so I cannot see those messages."
    if not own:
        return f"I see nothing from {person.tag} in the messages that I was given."
    words = keywords(about)
    found = sorted(related(own, words)[:AT_MOST], key=own.index)
    if words and not found:
        return f"{person.tag} said nothing about that here. The latest was {quote(own[-1].text)}{own[-1].cite}."
    shown = found or own[-AT_MOST:]
    if len(shown) == 1:
        return f"{person.tag} said {quote(shown[0].text)}{shown[0].cite}."
    return f"{person.tag} said, oldest first:\n" + "\n".join(f"- {quote(each.text)}{each.cite}" for each in shown)


def _own_last_words(conversation: Conversation) -> str:
    own = [each for each in conversation.statements if each.is_own]
    return f"My last answer began: {quote(own[-1].text)}" if own else "I have not said anything here yet."


def _what_others_said(conversation: Conversation) -> str | None:
    latest = conversation.earlier[-AT_MOST:]
    return "The last things said here:\n" + bullets(latest) if latest else None


def who_said_it(conversation: Conversation, question: str) -> str | None:
    asked = ASKS_WHO.search(question)
    if asked is None:
        return None
    words = keywords(asked[1])
    if not words:
        return talkers(conversation)
    found = related(conversation.earlier, words)[:AT_MOST]
    if not found:
        return "Nobody, in the messages that I was given."
    if len(found) == 1:
        return f"{found[0].tag} did: {quote(found[0].text)}{found[0].cite}."
    return "These come closest:\n" + bullets(found)


def counts(conversation: Conversation, question: str) -> str | None:
    if not ASKS_HOW_MANY.search(question):
        return None
    if ASKS_HOW_MANY_PEOPLE.search(question) and conversation.people:
        return members(conversation)
    if people := conversation.people_named_in(question):
        return " ".join(f"{each.tag} wrote {counted(_written_by(conversation, each), 'message')}." for each in people)
    return talkers(conversation)


def _written_by(conversation: Conversation, person: Person) -> int:
    return sum(each.tag == person.tag for each in conversation.said)


def talkers(conversation: Conversation) -> str:
    speakers = sorted(conversation.speakers().items(), key=lambda one: -len(one[1]))
    own = sum(each.is_own for each in conversation.statements)
    shares = joined([f"{tag} {len(said)}" for tag, said in speakers[:8]])
    messages = counted(len(conversation.said), "message")
    mine = f" I answered {'once' if own == 1 else f'{own} times'}." if own else ""
    return f"I was given {messages} from {counted(len(speakers), 'person', 'people')}: {shares}.{mine}"


def members(conversation: Conversation) -> str:
    people = list(conversation.people.values())
    room = f"**{conversation.room}**" if conversation.room else "This room"
    silent = [each.tag for each in people if each.keeps_out]
    shown = joined([each.tag for each in people[:20]])
    kept_out = (
        f" {joined(silent)} keeps me out." if len(silent) == 1 else f" {joined(silent)} keep me out." if silent else ""
    )
    return f"{room} has {counted(len(people), 'person', 'people')}: {shown}.{kept_out}"


def who_is_here(conversation: Conversation, question: str) -> str | None:
    if not conversation.people or not ASKS_WHO_IS_HERE.search(question):
        return None
    return members(conversation)


def summary(conversation: Conversation, question: str) -> str | None:
    if not ASKS_FOR_SUMMARY.search(question):
        return None
    earlier = conversation.earlier
    if not earlier:
        return "There is nothing to sum up yet: your question is the first message that I can see."
    latest = {each.tag: each for each in earlier}
    lines = [_summary_of(tag, conversation, last) for tag, last in list(latest.items())[-5:]]
    return "\n".join([_opening(conversation), *lines, *_open_questions(earlier)])


def _opening(conversation: Conversation) -> str:
    earlier = conversation.earlier
    first, last = earlier[0].time, earlier[-1].time
    span = f" between {first} and {last}" if first and last and first != last else ""
    people = counted(len({each.tag for each in earlier}), "person", "people")
    return f"{counted(len(earlier), 'message')} from {people}{span}. The latest from each:"


def _summary_of(tag: str, conversation: Conversation, last: Statement) -> str:
    number = sum(each.tag == tag for each in conversation.earlier)
    return f"- {tag} ({number}): {quote(last.text)}{last.cite}"


def _open_questions(earlier: list[Statement]) -> list[str]:
    answered = {each.reply_to for each in earlier}
    waiting = [each for each in earlier if each.text.rstrip().endswith("?") and each.number not in answered]
    return [f"\nNobody has answered {attributed(waiting[-1])}"] if waiting else []


def lookup(conversation: Conversation, question: str) -> str | None:
    """Looks through what it was given, where the room's own search is not offered as a tool."""
    asked = ASKS_TO_FIND.search(question)
    words = keywords(asked[1]) if asked else []
    if not words:
        return None
    found = related(conversation.earlier, words)[:AT_MOST]
    return (
        "I found this:\n" + bullets(found) if found else "I found nothing like that in the messages that I was given."
    )
