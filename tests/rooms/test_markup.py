"""What messages look like, what they can never hold, whom they call, and how they arrive block by block."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rooms import markup
from rooms.markup import Citation, Mention
from rooms.markup.sanitizer import clean
from tests.rooms.markup_payloads import PAYLOADS, TEDIOUS

PEOPLE = {
    "bob": Mention("u-bob", "Bob Stone"),
    "assistant": Mention("u-ai", "Assistant"),
    "john_": Mention("u-john", "John"),
    "m.okafor": Mention("u-mira", "Mira Okafor"),
    "owner": Mention("u-owner", '"><img src=x onerror=alert(1)> <script>'),
}
BOB = '<span class="mention" data-user="u-bob">@Bob Stone</span>'
LINK = 'target="_blank" rel="noopener noreferrer nofollow ugc"'

# Said a second time here, apart from the sanitizer's own list, so that a slip there does not pass unseen.
TAGS = """
    p br hr h4 h5 h6 blockquote ul ol li input div table thead tbody tr th td pre a em strong s code span
    math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover
    mtable mtr mtd mstyle mpadded mphantom menclose
"""
ATTRIBUTES = """
    dir class href target rel data-language data-user role aria-label tabindex type checked disabled start scope
    display notation linethickness mathvariant stretchy fence separator movablelimits largeop accent minsize maxsize
    lspace rspace width displaystyle scriptlevel
"""
VOID = {"br", "hr", "input"}


class Page(HTMLParser):
    """A strict reading: every element known and closed in its order, every attribute known, every link harmless."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS.split(), tag
        assert {name for name, _ in attrs} <= {*ATTRIBUTES.split()}, attrs
        assert len(dict(attrs)) == len(attrs), attrs
        if tag not in VOID:
            self.open.append(tag)
        self._check(tag, dict(attrs))
        self.seen.append((tag, dict(attrs)))

    def _check(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "a":
            # An address that no browser could open has lost its href.
            assert urlsplit(attrs.get("href", "https:") or "").scheme in {"http", "https", "mailto"}, attrs
            assert (attrs["target"], attrs["rel"]) == ("_blank", "noopener noreferrer nofollow ugc")
            assert self.open.count("a") == 1, "a link in a link"
        if tag == "input":
            assert attrs["type"] == "checkbox"
            assert "disabled" in attrs
        if "data-user" in attrs:
            assert attrs["data-user"] in {who.id for who in PEOPLE.values()}
        assert not {"message", "toolbar"} & set((attrs.get("class") or "").split())

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        pytest.fail(f"a declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        pytest.fail(f"an instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        pytest.fail(f"a declaration: {data}")


def html(text: str) -> str:
    return markup.render(text, PEOPLE).strip()


def line(text: str) -> str:
    """A single paragraph's inside."""
    found = re.fullmatch(r'<p dir="auto">(.*)</p>', html(text), re.DOTALL)
    assert found, html(text)
    return found[1]


# Safety


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 120


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_survives(payload: str) -> None:
    Page(html(payload))
    for block in markup.blocks(payload, PEOPLE):
        Page(block)


FRAMES = ["> {}", "- {}", "1. {}", "# {}", "**{}**", "[{}](https://example.com)", "|a|\n|-|\n|{}|"]


@pytest.mark.parametrize("frame", FRAMES)
def test_no_payload_survives_inside_of_something_else(frame: str) -> None:
    for payload in PAYLOADS:
        Page(html(frame.format(payload)))


def test_no_pair_of_payloads_survives() -> None:
    for first, second in pairwise(PAYLOADS):
        Page(html(first + second))
        Page(html(f"{first}\n{second}"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_cleaning_twice_is_cleaning_once(payload: str) -> None:
    assert clean(html(payload)) == html(payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_same_text_is_always_the_same_html(payload: str) -> None:
    assert html(payload) == html(payload)


@pytest.mark.parametrize("name", TEDIOUS)
def test_a_message_full_of_marks_is_rendered(name: str) -> None:
    text = TEDIOUS[name]
    Page(html(text))
    assert isinstance(markup.blocks(text, PEOPLE), list)
    assert isinstance(markup.plain(text), str)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_rendered(text: str) -> None:
    Page(html(text))
    markup.plain(text)
    markup.visible_text(text)


MARKS = st.lists(
    st.sampled_from(
        [
            *"*_`~[]()<>!#|-+:@$\\\n&;'\" =.1ab/",
            "http",
            "://",
            "www.",
            "javascript:",
            "\n\n",
            "- [x] ",
            "```",
            "$$",
            "@bob",
        ]
    ),
    max_size=80,
).map("".join)


@settings(deadline=None, max_examples=300)
@given(MARKS)
def test_any_heap_of_marks_is_rendered_safely_and_stably(text: str) -> None:
    Page(html(text))
    assert clean(html(text)) == html(text)


def test_html_is_shown_as_text() -> None:
    assert line("<b>x</b> <script>y</script>") == "&lt;b&gt;x&lt;/b&gt; &lt;script&gt;y&lt;/script&gt;"


def test_a_name_cannot_bring_html() -> None:
    page = Page(html("@owner"))
    assert [tag for tag, _ in page.seen] == ["p", "span"]


def test_the_sanitizer_alone_stops_what_the_renderer_should_not_have_made() -> None:
    for payload in PAYLOADS:
        cleaned = clean(payload.encode("utf-8", "replace").decode())
        assert clean(cleaned) == cleaned
        for tag, attrs in _tags_of(cleaned):
            assert tag in TAGS.split()
            assert not any(name.startswith(("on", "style", "src", "id", "hx-", "x-")) for name in attrs)
            assert urlsplit(attrs.get("href") or "https:").scheme in {"http", "https", "mailto"}


def _tags_of(html: str) -> list[tuple[str, dict[str, str | None]]]:
    found: list[tuple[str, dict[str, str | None]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append((tag, dict(attrs)))  # type: ignore[method-assign]
    parser.feed(html)
    return found


# What it looks like


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**b** __b__", "<strong>b</strong> <strong>b</strong>"),
        ("*i* _i_", "<em>i</em> <em>i</em>"),
        ("~~s~~", "<s>s</s>"),
        ("5~10 and 20~30", "5~10 and 20~30"),
        ("`a <b> c`", '<code dir="ltr">a &lt;b&gt; c</code>'),
        ("one\ntwo", "one<br>\ntwo"),
        ("[x](https://example.com/a?b=c&d)", f'<a href="https://example.com/a?b=c&amp;d" {LINK}>x</a>'),
        ("[x](https://example.com 'title')", f'<a href="https://example.com" {LINK}>x</a>'),
        (
            "see https://example.com/a_b_(c).",
            f'see <a href="https://example.com/a_b_(c)" {LINK}>https://example.com/a_b_(c)</a>.',
        ),
        ("www.example.com", f'<a href="http://www.example.com" {LINK}>www.example.com</a>'),
        ("<https://example.com>", f'<a href="https://example.com" {LINK}>https://example.com</a>'),
        ("https://xn--80ak6aa92e.com", f'<a href="https://xn--80ak6aa92e.com" {LINK}>https://xn--80ak6aa92e.com</a>'),
        ("a.b@example.com", f'<a href="mailto:a.b@example.com" {LINK}>a.b@example.com</a>'),
        ("mailto:a@example.com", f'<a href="mailto:a@example.com" {LINK}>mailto:a@example.com</a>'),
        ("xmpp:a@example.com", "xmpp:a@example.com"),
        ("a: b:c http: 12:30:45", "a: b:c http: 12:30:45"),
        ("[x](//evil.example)", "[x](//evil.example)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](/rooms/)", "[x](/rooms/)"),
        ("[#m1041] and [a][b]", "[#m1041] and [a][b]"),
        ("![a *b*](https://example.com/x.png)", f'<a href="https://example.com/x.png" {LINK}>a b</a>'),
        ("![](https://example.com/x.png)", f'<a href="https://example.com/x.png" {LINK}>https://example.com/x.png</a>'),
        ("[![a](https://a.example/x.png)](https://b.example)", f'<a href="https://b.example" {LINK}>a</a>'),
        (":tada: :+1: :no_such: `:tada:` \\:tada:", '🎉 👍 :no_such: <code dir="ltr">:tada:</code> :tada:'),
        ("std::b::c a:b:c 1:100:2 :tada::tada:", "std::b::c a:b:c 1:100:2 🎉🎉"),
        ("&copy; &lt; \\* \\@bob", "© &lt; * @bob"),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert line(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# a", '<h4 dir="auto">a</h4>'),
        ("## a", '<h5 dir="auto">a</h5>'),
        ("### a", '<h6 dir="auto">a</h6>'),
        ("###### a", '<h6 dir="auto">a</h6>'),
        ("a\n===", '<h4 dir="auto">a</h4>'),
        ("> a\n> b", '<blockquote dir="auto">\n<p>a<br>\nb</p>\n</blockquote>'),
        ("- a\n- b", '<ul dir="auto">\n<li>a</li>\n<li>b</li>\n</ul>'),
        ("3. a\n4. b", '<ol start="3" dir="auto">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("- a\n  1. b", '<ul dir="auto">\n<li>a\n<ol dir="auto">\n<li>b</li>\n</ol>\n</li>\n</ul>'),
        ("- a\n\n- b", '<ul dir="auto">\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>'),
        ("a\n\n---\n\nb", '<p dir="auto">a</p>\n<hr>\n<p dir="auto">b</p>'),
        ("", ""),
        ("  \n\n ", ""),
    ],
)
def test_blocks_of_text(text: str, expected: str) -> None:
    assert html(text) == expected


def test_a_task_is_a_box_that_nobody_can_tick_by_mistake() -> None:
    page = Page(html("- [x] buy **milk**\n- [ ] sell it"))
    boxes = [attrs for tag, attrs in page.seen if tag == "input"]
    assert [box["aria-label"] for box in boxes] == ["buy milk", "sell it"]
    assert ["checked" in box for box in boxes] == [True, False]
    assert page.seen[1] == ("li", {"class": "task-list-item"})


def test_a_table_scrolls_by_keyboard_and_aligns_without_inline_styles() -> None:
    page = Page(html("| a | b |\n|:-:|--:|\n| 1 | **2** |"))
    assert page.seen[0] == ("div", {"class": "table-scroll", "role": "region", "aria-label": "Table", "tabindex": "0"})
    cells = [attrs for tag, attrs in page.seen if tag in ("th", "td")]
    assert [cell["class"] for cell in cells] == ["align-center", "align-right"] * 2
    assert cells[0]["scope"] == "col"


def test_a_table_cannot_grow_out_of_a_few_bytes() -> None:
    text = "|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + "|\n" * 7000
    assert html(text).count("<td") <= 4000


def test_code_has_the_colours_of_its_language() -> None:
    page = Page(html("```py\ndef f():\n    return '<'\n```"))
    assert page.seen[0] == ("pre", {"class": "code", "dir": "ltr", "tabindex": "0"})
    assert page.seen[1] == ("code", {"class": "hl hl-lang-python", "data-language": "python"})
    assert ("span", {"class": "hl-k"}) in page.seen


@pytest.mark.parametrize("language", ["", "nonsense", "../../etc", "ini extra", "c++", "C#", "{.python}"])
def test_code_in_any_language_keeps_its_text(language: str) -> None:
    source = "\n  a <b> & 'c'\n\n"
    assert "".join(_texts(html(f"```{language}\n{source}\n```"))) == f"{source}\n"


def test_code_that_asks_too_much_stays_plain() -> None:
    assert "<span" not in html("```java\n" + "a " * 8000)


def test_an_indented_block_is_code() -> None:
    assert html("    a <b>") == '<pre class="code" dir="ltr" tabindex="0"><code class="hl">a &lt;b&gt;\n</code></pre>'


FORMULAS = ["$x^2$", "so $a_1 * b_1$ is", "$$x$$ here", "the $n$th"]
DISPLAYED = ["$$\nx\n$$", "$$\na\n\n+ b\n= c\n$$", "$$\na\n= c $$", "- a\n  $$\n  x\n  $$", "so\n$$\nx\n$$"]
PRICES = ["$5 and $10", "US$5 or US$6", "pay 5$ or 6$", "$HOME/$USER", "$ a $", "$$", "a $$ b", "\\$a$", "`$a$`"]


@pytest.mark.parametrize("text", [*FORMULAS, *DISPLAYED])
def test_formulas_are_set(text: str) -> None:
    assert "<math" in html(text)
    assert "$" not in "".join(_texts(html(text)))


@pytest.mark.parametrize("text", PRICES)
def test_prices_and_variables_are_no_formulas(text: str) -> None:
    assert "<math" not in html(text)


@pytest.mark.parametrize("latex", [r"\sqrt", "x" * 501, r"\def\a{\a}\a", r"\left(", "a^b^c"])
def test_a_formula_that_cannot_be_set_is_shown_as_it_was_written(latex: str) -> None:
    assert line(f"so ${latex}$") == f'so <code dir="ltr">${latex}$</code>'
    assert "".join(_texts(html(f"$$\n{latex}\n$$"))).strip() == latex


def test_a_display_formula_can_be_scrolled_by_keyboard() -> None:
    page = Page(html("$$\n\\sum_i x_i\n$$"))
    assert page.seen[0] == ("div", {"class": "math-block", "dir": "ltr", "tabindex": "0"})
    assert page.seen[1] == ("math", {"display": "block"})


def test_text_in_a_formula_is_text() -> None:
    assert "<mtext>a&lt;b&gt;&amp;lt;</mtext>" in html(r"$\text{a<b>&amp;lt;}$")


@pytest.mark.parametrize("text", ["🎉", ":tada:", "👍🏽 👩‍👩‍👧\n🇩🇪", "❤️"])
def test_a_few_emoji_alone_are_enlarged(text: str) -> None:
    assert html(text).startswith('<p dir="auto" class="emoji-only">')
    assert markup.blocks(text) == [markup.render(text)]


@pytest.mark.parametrize("text", ["🎉🎉🎉🎉", "🎉 yes", "1", "# 🎉", "`🎉`", "🎉\n\n🎉", "> 🎉"])
def test_other_emoji_are_not(text: str) -> None:
    assert "emoji-only" not in html(text)


def test_each_paragraph_and_list_finds_its_own_direction() -> None:
    page = Page(html("שלום\n\n- مرحبا\n\n> привет\n\n| א |\n|---|\n| b |\n\n# ב"))
    directed = [tag for tag, attrs in page.seen if attrs.get("dir") == "auto"]
    assert directed == ["p", "ul", "blockquote", "th", "td", "h4"]


def test_nothing_is_lost_by_nesting_too_deep() -> None:
    assert "deep" in markup.plain("> " * 40 + "deep")
    assert "deep" in markup.plain("\n".join("  " * depth + "- deep" for depth in range(30)).replace("deep", "x", 29))
    assert "after" in markup.plain("> " * 40 + "deep\n\nafter")


def _texts(source: str) -> list[str]:
    texts: list[str] = []
    parser = HTMLParser(convert_charrefs=True)
    parser.handle_data = texts.append  # type: ignore[method-assign]
    parser.feed(source)
    parser.close()
    return texts


# Mentions


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@bob", {"bob"}),
        ("ask @assistant.", {"assistant"}),
        ("@bob's and @BOB, @bob- @bob... @bob: (@bob) “@bob”", {"bob"}),
        ("@m.okafor. @m.okafor!", {"m.okafor"}),
        ("*@bob* **@bob** ~~@bob~~", {"bob"}),
        ("_@bob_ __@bob__", {"bob"}),
        ("_waves at @bob_", {"bob"}),
        ("@john_ is here, _really_", {"john_"}),
        ("你好@bob你好 ל@bob @bobさん", {"bob"}),
        ("- @bob\n\n# @assistant\n\n|a|\n|-|\n|@m.okafor|", {"bob", "assistant", "m.okafor"}),
        ("- [ ] @bob", {"bob"}),
        ("cc:@bob,@assistant", {"bob", "assistant"}),
        ("@nobody", {"nobody"}),
        ("[@bob](javascript:alert(1))", {"bob"}),
        ("@a", set()),
        ("@" + "a" * 33, set()),
        ("@" + "a" * 32 + ".com", set()),
        ("mail@bob mail.@bob x_@bob müller@bob", set()),
        ("@bobé @bob@example.com", set()),
        ("me@bob.example, a@bob", set()),
        ("/home/@bob @bob/repo https://example.com/@bob", set()),
        ("`@bob` ``@bob``", set()),
        ("```\n@bob\n```", set()),
        ("    @bob", set()),
        ("```\n@bob", set()),
        ("> @bob\n> > @bob\n> - @bob", set()),
        ("> said\n@bob", set()),
        ("[@bob](https://example.com) ![@bob](https://example.com)", set()),
        ("$@bob$", set()),
        ("\\@bob &#64;bob", set()),
        ("@ſob @\u212aob", set()),
    ],
)
def test_who_is_called(text: str, handles: set[str]) -> None:
    assert markup.mentioned_handles(text) == handles


def test_a_mention_shows_the_name() -> None:
    assert line("hey @Bob's") == f"hey {BOB}'s"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@Bob Stone, look", f"{BOB}, look"),
        ("@bob stone", BOB),
        ("@bob Stonemason", f"{BOB} Stonemason"),
        ("@bob look, Stone", f"{BOB} look, Stone"),
        ("@nobody Stone", "@nobody Stone"),
    ],
)
def test_a_name_that_is_written_out_is_shown_once(text: str, shown: str) -> None:
    assert line(text) == shown


def test_an_unknown_handle_stays_text() -> None:
    assert line("hey @nobody, **@nobody**") == "hey @nobody, <strong>@nobody</strong>"


def test_without_people_nobody_is_mentioned() -> None:
    assert "mention" not in markup.render("@bob")


WORDS = st.lists(
    st.sampled_from(["@bob", "@assistant", "@john_", *"_*` a.[/@$\n", "](https://x.y)", "\n\n", "> ", "- ", "```\n"]),
    max_size=30,
).map("".join)


@settings(deadline=None, max_examples=300)
@given(WORDS)
def test_whoever_is_shown_as_mentioned_is_called_and_nobody_else(text: str) -> None:
    shown = set(re.findall(r'data-user="(.*?)"', html(text)))
    assert shown == {PEOPLE[handle].id for handle in markup.mentioned_handles(text) if handle in PEOPLE}
    assert all(handle in markup.visible_text(text).lower() for handle in markup.mentioned_handles(text))


# Citations

CITED = {41: Citation("/rooms/hq/41", "Mira <b>, 3 May")}


def test_who_may_cite_gets_a_chip_that_leads_to_the_message() -> None:
    chip = '<a class="cite" href="/rooms/hq/41" rel="noopener noreferrer nofollow ugc">Mira &lt;b&gt;, 3 May</a>'
    assert markup.render("So [#m41].", citations=CITED) == f'<p dir="auto">So {chip}.</p>\n'
    assert markup.blocks("So [#m41].", citations=CITED) == [f'<p dir="auto">So {chip}.</p>\n']


def test_what_may_not_be_cited_is_left_out() -> None:
    assert markup.render("So[#m42].", citations=CITED) == '<p dir="auto">So.</p>\n'


@pytest.mark.parametrize(
    "text", ["`[#m41]`", "[see [#m41]](https://example.com)", "[#m41](https://example.com)", "\\[#m41]"]
)
def test_a_citation_in_code_or_in_a_link_is_none(text: str) -> None:
    assert markup.cited_seqs(text) == set()
    assert "cite" not in markup.render(text, citations=CITED)


@pytest.mark.parametrize(
    "url", ["//evil.example/41", "/accounts/logout/", "/rooms/hq/41?x", "javascript:1", "/rooms//evil/1"]
)
def test_a_chip_leads_to_a_message_and_nowhere_else(url: str) -> None:
    assert "href" not in markup.render("[#m41]", citations={41: Citation(url, "x")})


# Words without marks


def test_visible_text_is_what_is_really_said() -> None:
    text = "**Hi** `code` @bob\n\n> quoted\n\n```\nfenced\n```\n\n- one [two](https://x.y)\n\n    indented"
    assert markup.visible_text(text) == "Hi  @bob\none two\nindented"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Hi **there**\n\n- a\n- [ ] b\n\n> c", "Hi there a b c"),
        ("a\nb\\\nc", "a b c"),
        ("`x` :tada: [y](https://e.f) ![z](https://g.h)", "x 🎉 y z"),
        ("```py\na = 1\n\nb\n```", "a = 1 b"),
        ("$$\nx\n$$ and $y$", "x $$ and $y$"),
        ("$$\nx\n$$\nthen $y$", "x then $y$"),
        ("| a | b |\n|---|---|\n| c | d |", "a b c d"),
        ("<b>x</b> &amp; y", "<b>x</b> & y"),
        ("a\n\n---\n\nb", "a b"),
        ("@bob hi", "@bob hi"),
        ("", ""),
    ],
)
def test_a_preview_is_one_plain_line(text: str, expected: str) -> None:
    assert markup.plain(text) == expected


# Block by block

LINES = """



a
b **c**
@bob
🎉
`
**
\\
a\\
- a
- [ ] a
  - b
    - c
* d
+ e
1. a
2) b
1
-
-a
   b
    c
\tc
> a
> - b
> > c
>
> ```
```
```py
````
~~~
  ```
- ```
  x = 1
===
---
--
***
| a | b |
|---|---|
| c | d |
a | b
- | -
# h
#
$$
$$ x
x $$
- $$
$$x$$
[a]: /b
[a]
![a](https://b.c)
<div>
<!--
"""
DOCUMENTS = st.lists(st.sampled_from(LINES.split("\n")), max_size=14)


@settings(deadline=None, max_examples=400)
@given(DOCUMENTS, st.data())
def test_finished_blocks_stay_as_the_text_goes_on_by_lines(lines: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(lines)))
    before = markup.blocks("".join(f"{line}\n" for line in lines[:cut]), PEOPLE)
    after = markup.blocks("".join(f"{line}\n" for line in lines), PEOPLE)
    assert after[: len(before) - 1] == before[:-1] or not before


@settings(deadline=None, max_examples=400)
@given(DOCUMENTS, st.data())
def test_finished_blocks_stay_as_the_text_goes_on_by_letters(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    assume(text)
    end = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, end))
    before, after = markup.blocks(text[:cut], PEOPLE), markup.blocks(text[:end], PEOPLE)
    assert after[: len(before) - 1] == before[:-1] or not before


@settings(deadline=None, max_examples=300)
@given(DOCUMENTS)
def test_all_blocks_together_are_the_whole(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    assert "".join(markup.blocks(text, PEOPLE)) == markup.render(text, PEOPLE)


@settings(deadline=None, max_examples=300)
@given(DOCUMENTS, st.data())
def test_half_a_text_is_safe(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    Page("".join(markup.blocks(text[: data.draw(st.integers(0, len(text)))], PEOPLE)))


def test_a_long_answer_arrives_in_many_blocks() -> None:
    text = "# Title\n\nSome words.\n\n- one\n- two\n\n```py\nx = 1\n\ny = 2\n```\n\n|a|\n|-|\n|1|\n\nThe end"
    first = [Page(block).seen[0][0] for block in markup.blocks(text)]
    assert first == ["h4", "p", "ul", "pre", "div", "p"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Steps:\n-", "Steps:"),
        ("Steps:\n\n- ", "Steps:"),
        ("Steps:\n\n1.", "Steps:"),
        ("- a\n- [", "a"),
        ("a\n\n##", "a"),
        ("a\n\n``", "a"),
        ("a\n=", "a"),
        ("see [the docs](https://exa", "see the docs"),
        ("see ![a chart](https://exa", "see a chart"),
        ("a **bold wo", "a bold wo"),
        ("a **bold wo*", "a bold wo"),
        ("a *soft wo", "a soft wo"),
        ("a **", "a **"),
        ("2 ** 3", "2 ** 3"),
        ("some `co", "some co"),
        ("| a | b", ""),
        ("a\n| b |\n| c", "a | b |"),
        ("a\n\n| a | b |\n|--", "a a b"),
        ("| a | b |\n|---|---|\n| c", "a b c"),
        ("```py\nx = [1](2\n- ", "x = [1](2 -"),
        ("```py\nx\n``", "x"),
        ("```py\nx\n```", "x"),
        ("42", "42"),
    ],
)
def test_half_a_line_is_shown_without_its_open_marks(text: str, shown: str) -> None:
    source = "".join(markup.blocks(text))
    assert " ".join("".join(_texts(source)).split()) == shown
    assert "<h5" not in source


def test_an_open_fence_is_code_from_its_first_line_on() -> None:
    assert 'data-language="python"' in markup.blocks("Look:\n\n```python\nx =")[-1]


def test_half_a_formula_is_shown_as_it_is_written() -> None:
    assert "<math" not in "".join(markup.blocks("$$\n\\frac{1}{"))
    assert "<math" in "".join(markup.blocks("$$\n\\frac{1}{2}\n$$"))


def test_a_table_begins_as_a_table() -> None:
    assert "<table>" in markup.blocks("| a | b |\n|-")[0]
