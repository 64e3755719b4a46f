"""The assistant answers before everybody's eyes: the model speaks when the test lets it."""

import re

import pytest
from playwright.sync_api import expect

from tests.aibot.fake import DemoModel
from tests.browser.backstage import Room
from tests.browser.conftest import Visitor

PACED = {"chunks": ["The tide ", {"wait": "second"}, "turns at ", {"wait": "third"}, "**noon**."]}


def test_an_answer_grows_word_by_word_for_both(mira: Visitor, jonas: Visitor, table: Room, model: DemoModel) -> None:
    pages = [mira.enter(table), jonas.enter(table)]
    model.script(PACED)
    pages[0].say("@assistant when does the tide turn?")
    for said, gate in [("The tide", "second"), ("The tide turns at", "third"), ("The tide turns at noon.", None)]:
        for page in pages:
            expect(page.answer()).to_have_text(said)
        if gate:
            model.release(gate)
    for page in pages:
        expect(page.answer().locator("strong")).to_have_text("noon")
        expect(page.answers).to_contain_text("answering Mira Okafor")
        expect(page.page.get_by_role("button", name="Stop")).to_have_count(0)
        before = page.answer().inner_html()
        page.page.reload()
        assert page.answer().inner_html() == before
    assert pages[0].answer().inner_html() == pages[1].answer().inner_html()


def test_before_the_first_word_both_see_that_it_thinks(
    mira: Visitor, jonas: Visitor, table: Room, model: DemoModel
) -> None:
    pages = [mira.enter(table), jonas.enter(table)]
    model.script({"chunks": [{"wait": "first"}, "Yes."]})
    pages[1].say("@assistant are you there?")
    for page in pages:
        expect(page.answers.get_by_text("Thinking…")).to_be_visible()
    model.release("first")
    for page in pages:
        expect(page.answer()).to_have_text("Yes.")
        expect(page.answers.get_by_text("Thinking…")).to_have_count(0)


def test_stop_freezes_the_text_for_both_and_retry_answers_anew(
    mira: Visitor, jonas: Visitor, table: Room, model: DemoModel
) -> None:
    pages = [mira.enter(table), jonas.enter(table)]
    model.script({"chunks": ["Once upon a time ", {"wait": "end"}, "they all lived."]})
    pages[1].say("@assistant tell a story")
    for page in pages:
        expect(page.answer()).to_have_text("Once upon a time")
    pages[1].page.get_by_role("button", name="Stop").click()
    for page in pages:
        expect(page.answers.get_by_role("button", name="Retry")).to_be_visible()
        expect(page.answers).to_contain_text("Stopped by Jonas Lind")
    model.release("end")
    model.until_finished()
    for page in pages:
        page.page.reload()
        expect(page.answer()).to_have_text("Once upon a time")

    model.script("A shorter one.")
    pages[0].page.get_by_role("button", name="Retry").click()
    for page in pages:
        expect(page.answer()).to_have_text("A shorter one.")
        expect(page.answers).to_have_count(1)
        expect(page.page.get_by_role("button", name="Retry")).to_have_count(0)


def test_who_did_not_ask_and_does_not_manage_the_room_cannot_stop_it(
    mira: Visitor, jonas: Visitor, table: Room, model: DemoModel
) -> None:
    here, there = mira.enter(table), jonas.enter(table)
    model.script(PACED)
    here.say("@assistant when does the tide turn?")
    expect(there.answer()).to_have_text("The tide")
    expect(here.page.get_by_role("button", name="Stop")).to_be_visible()
    expect(there.page.get_by_role("button", name="Stop")).to_have_count(0)


@pytest.mark.parametrize(
    ("step", "text", "sentence"),
    [
        ({"status": 401, "code": "invalid_api_key"}, "", "The model refused this site's key."),
        ({"chunks": ["The half ", {"wait": "cut"}, {"drop": True}]}, "The half", "broke off"),
        ({"chunks": ["The half ", {"wait": "cut"}], "finish": None}, "The half", "broke off"),
    ],
    ids=["refused", "dropped", "quiet end"],
)
def test_a_failure_of_the_model_is_said_in_a_sentence_and_can_be_retried(
    mira: Visitor, jonas: Visitor, table: Room, model: DemoModel, step: dict[str, object], text: str, sentence: str
) -> None:
    pages = [mira.enter(table), jonas.enter(table)]
    model.script(step)
    pages[1].say("@assistant what is the other half?")
    for page in pages:
        expect(page.answer()).to_have_text(text)
    model.release("cut")
    for page in pages:
        expect(page.answers).to_contain_text(sentence)
        expect(page.answer()).to_have_text(text)
        expect(page.answers.get_by_role("button", name="Retry")).to_be_visible()
    model.script("Whole again.")
    pages[0].answers.get_by_role("button", name="Retry").click()
    for page in pages:
        expect(page.answer()).to_have_text("Whole again.")
        expect(page.answers).not_to_contain_text(sentence)


def test_who_reloads_or_comes_late_sees_the_half_and_then_the_rest(
    mira: Visitor, jonas: Visitor, table: Room, model: DemoModel
) -> None:
    here = mira.enter(table)
    model.script({"chunks": ["First this.\n\n", "Then ", {"wait": "second"}, "that.\n\n", {"wait": "third"}, "Last."]})
    here.say("@assistant in which order?")
    expect(here.answer()).to_have_text("First this. Then")
    here.page.reload()
    there = jonas.enter(table)
    for page in (here, there):
        expect(page.answer()).to_have_text("First this. Then")
    model.release("second")
    for page in (here, there):
        expect(page.answer()).to_have_text("First this. Then that.")
    model.release("third")
    for page in (here, there):
        expect(page.answer().locator("p")).to_have_text(["First this.", "Then that.", "Last."])


def test_questions_asked_meanwhile_get_one_common_answer(
    mira: Visitor, jonas: Visitor, table: Room, model: DemoModel
) -> None:
    here, there = mira.enter(table), jonas.enter(table)
    model.script({"chunks": ["To the first ", {"wait": "end"}, "question."]}, "To all three.")
    here.say("@assistant one?")
    expect(there.answer()).to_have_text("To the first")
    here.say("@assistant two?")
    there.say("@assistant three?")
    here.say("@assistant four?")
    for page in (here, there):
        expect(page.message("four?")).to_be_visible()
        expect(page.answers).to_have_count(1)
    model.release("end")
    for page in (here, there):
        expect(page.answer(1)).to_have_text("To the first question.")
        expect(page.answer(2)).to_have_text("To all three.")
        expect(page.answers).to_have_count(2)
    assert len(model.requests("chat/completions")) == 2


def test_an_answer_with_code_and_a_table_looks_the_same_growing_and_grown(
    mira: Visitor, table: Room, model: DemoModel
) -> None:
    here = mira.enter(table)
    code = "```python\nprint('tide')\n```\n\n"
    model.script({"chunks": ["Here:\n\n", code, "| a | b |\n|---|---|\n| 1 | 2 |\n\n", {"wait": "end"}, "Done."]})
    here.say("@assistant show me")
    expect(here.answer().get_by_role("cell", name="2")).to_be_visible()
    expect(here.answer().locator("pre")).to_contain_text("print('tide')")
    model.release("end")
    expect(here.answer()).to_contain_text("Done.")
    expect(here.answer().get_by_role("button", name=re.compile("Copy"))).to_be_visible()
