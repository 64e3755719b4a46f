import assert from "node:assert/strict"
import { test } from "node:test"
import { begunAt, matching } from "../../static/js/lib/mentions.js"

const people = [
  { id: "1", name: "Mira Okafor", handle: "mira" },
  { id: "2", name: "Jonas Lind", handle: "jl" },
  { id: "3", name: "Tomas Mirren", handle: "tomas" },
  { id: "4", name: "Assistant", handle: "assistant" },
]
const found = (query) => matching(people, query).map(({ handle }) => handle)
const begun = (marked) => begunAt(marked.replace("|", ""), marked.indexOf("|"))

test("an @ at the beginning of a word begins a name", () => {
  assert.deepEqual(begun("@|"), { from: 0, query: "" })
  assert.deepEqual(begun("ask @Mi| now"), { from: 4, query: "mi" })
  assert.deepEqual(begun("(@jl|"), { from: 1, query: "jl" })
})

test("an address or a finished name does not", () => {
  assert.equal(begun("mail me@home|"), null)
  assert.equal(begun("@mira |"), null)
  assert.equal(begun("nobody|"), null)
})

test("handles come before names, and names before the rest", () => {
  assert.deepEqual(found("mir"), ["mira", "tomas"])
  assert.deepEqual(found("lind"), ["jl"])
  assert.deepEqual(found("ssist"), ["assistant"])
  assert.deepEqual(found("zz"), [])
  assert.equal(found("").length, 4)
})
