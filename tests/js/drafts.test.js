import assert from "node:assert/strict"
import { test } from "node:test"
import { grow, verdict } from "../../static/js/lib/drafts.js"

const draft = { attempt: 1, length: 10, blocks: ["<p>one</p>", "<p>tw</p>"] }

test("the last block grows and a new one begins", () => {
  const frame = { attempt: 1, length: 30, from: 1, blocks: ["<p>two</p>", "<p>th</p>"] }
  assert.deepEqual(grow(draft, frame), { attempt: 1, length: 30, blocks: ["<p>one</p>", "<p>two</p>", "<p>th</p>"] })
})

test("a shorter text of the same attempt is old news", () => {
  assert.equal(verdict(draft, { attempt: 1, length: 10, from: 0, blocks: [] }), "ignore")
  assert.equal(grow(draft, { attempt: 1, length: 9, from: 0, blocks: ["x"] }), draft)
})

test("an older attempt is old news, however long", () => {
  assert.equal(verdict({ ...draft, attempt: 2 }, { attempt: 1, length: 99, from: 0, blocks: [] }), "ignore")
})

test("a newer attempt begins anew, however short", () => {
  assert.deepEqual(grow(draft, { attempt: 2, length: 1, from: 0, blocks: ["<p>O</p>"] }), {
    attempt: 2, length: 1, blocks: ["<p>O</p>"],
  })
})

test("a frame that begins behind what is shown tells of a gap", () => {
  assert.equal(verdict(draft, { attempt: 1, length: 99, from: 3, blocks: [] }), "gap")
  assert.equal(verdict(draft, { attempt: 2, length: 99, from: 1, blocks: [] }), "gap")
  assert.equal(grow(draft, { attempt: 1, length: 99, from: 3, blocks: ["x"] }), draft)
})

test("the whole text heals everything", () => {
  assert.deepEqual(grow(draft, { attempt: 1, length: 99, from: 0, blocks: ["a", "b", "c"] }).blocks, ["a", "b", "c"])
})

test("a frame that builds on text which never came tells of a gap, even inside a block that is shown", () => {
  assert.equal(verdict(draft, { attempt: 1, length: 99, after: 40, from: 1, blocks: [] }), "gap")
  assert.equal(verdict(draft, { attempt: 1, length: 99, after: 10, from: 1, blocks: [] }), "apply")
  assert.equal(verdict(draft, { attempt: 2, length: 99, after: 10, from: 0, blocks: [] }), "gap")
})
