import assert from "node:assert/strict"
import { test } from "node:test"
import { continueList, format } from "../../static/js/lib/markdown.js"

/** "a [b] c": the brackets of `‹›` are the selection, `|` the caret. */
function text(marked) {
  const caret = marked.indexOf("|")
  if (caret >= 0) return { value: marked.replace("|", ""), start: caret, end: caret }
  return { value: marked.replace(/[‹›]/g, ""), start: marked.indexOf("‹"), end: marked.indexOf("›") - 1 }
}

function after({ value }, { from, to, insert, start, end }) {
  const edited = value.slice(0, from) + insert + value.slice(to)
  const selection = start === end ? "|" : `‹${edited.slice(start, end)}›`
  return edited.slice(0, start) + selection + edited.slice(end)
}

const formatted = (kind, marked) => after(text(marked), format(kind, text(marked)))
const continued = (marked) => continueList(text(marked)) && after(text(marked), continueList(text(marked)))

test("marks go around the selection and come off again", () => {
  assert.equal(formatted("bold", "so ‹fast› now"), "so **‹fast›** now")
  assert.equal(formatted("bold", "so **‹fast›** now"), "so ‹fast› now")
  assert.equal(formatted("italic", "‹so›"), "*‹so›*")
  assert.equal(formatted("italic", "**‹so›**"), "***‹so›***")
  assert.equal(formatted("strike", "|"), "~~|~~")
})

test("the same key again leaves the marks that one writes in", () => {
  assert.equal(formatted("bold", "a **bold|**"), "a **bold**|")
  assert.equal(formatted("bold", "**one** and **two|**"), "**one** and **two**|")
  assert.equal(formatted("italic", "**bold *both|***"), "**bold *both*|**")
  assert.equal(formatted("italic", "**bold|**"), "**bold*|***")
  assert.equal(formatted("code", "`x|`"), "`x`|")
  assert.equal(formatted("bold", "a | **b**"), "a **|** **b**")
})

test("code of several lines gets a fence", () => {
  assert.equal(formatted("code", "‹x›"), "`‹x›`")
  assert.equal(formatted("code", "‹a\nb›"), "```|\na\nb\n```\n")
})

test("lists and quotes begin at the line's start", () => {
  assert.equal(formatted("list", "one\ntw|o"), "one\n- tw|o".replace("tw|o", "tw|") + "o")
  assert.equal(formatted("quote", "‹a\nb›"), "> a\n> b|")
  assert.equal(formatted("quote", "‹> a\n> b›"), "a\nb|")
})

test("a link takes the words or the address that is selected", () => {
  assert.equal(formatted("link", "see ‹docs›"), "see [docs](https://|)")
  assert.equal(formatted("link", "‹https://a.example›"), "[|](https://a.example)")
  assert.equal(formatted("link", "|"), "[|](https://)")
})

test("a list goes on by itself and ends with an empty item", () => {
  assert.equal(continued("- one|"), "- one\n- |")
  assert.equal(continued("  * one|"), "  * one\n  * |")
  assert.equal(continued("9. one|"), "9. one\n10. |")
  assert.equal(continued("- [x] one|"), "- [x] one\n- [ ] |")
  assert.equal(continued("- one\n- |"), "- one\n|")
  assert.equal(continued("words|"), null)
})
