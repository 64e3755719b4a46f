import assert from "node:assert/strict"
import { test } from "node:test"
import { beginsDay, beginsUnread, follows } from "../../static/js/lib/grouping.js"

const minute = 60_000
const first = { seq: 1, author: "mira", at: 0, day: "2025-11-20", isEvent: false, stands: false }
const after = (change) => ({ ...first, seq: 2, at: minute, ...change })

test("the same person within five minutes follows", () => {
  assert.equal(follows(first, after({})), true)
  assert.equal(follows(first, after({ at: 5 * minute })), false)
})

test("another person, another day, an event or a reply has a head of its own", () => {
  for (const change of [{ author: "jonas" }, { day: "2025-11-21" }, { isEvent: true }, { stands: true }]) {
    assert.equal(follows(first, after(change)), false, JSON.stringify(change))
  }
  assert.equal(follows({ ...first, isEvent: true }, after({})), false)
  assert.equal(follows(null, first), false)
})

test("a day begins at the first message and when the date changes", () => {
  assert.deepEqual([beginsDay(null, first), beginsDay(first, after({})), beginsDay(first, after({ day: "2025-11-21" }))], [true, false, true])
})

test("the unread line stands between what was read and what was not", () => {
  assert.equal(beginsUnread(first, after({}), 1), true)
  assert.equal(beginsUnread(first, after({}), 2), false)
  assert.equal(beginsUnread(after({}), after({ seq: 3 }), 1), false)
  assert.equal(beginsUnread(first, after({}), null), false)
  assert.equal(beginsUnread(null, first, 0), false)
})
