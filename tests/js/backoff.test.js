import assert from "node:assert/strict"
import { test } from "node:test"
import { Backoff } from "../../static/js/lib/backoff.js"

const longest = () => 1

test("the ceiling doubles up to the most", () => {
  const backoff = new Backoff({ first: 500, most: 3_000, random: longest })
  assert.deepEqual([1, 2, 3, 4, 5].map(() => backoff.next()), [500, 1_000, 2_000, 3_000, 3_000])
})

test("every wait lies between nothing and its ceiling", () => {
  const backoff = new Backoff()
  for (let attempt = 0; attempt < 2_000; attempt++) {
    const wait = backoff.next()
    assert.ok(wait >= 0 && wait <= 30_000, `attempt ${attempt}: ${wait}`)
  }
})

test("after calm it begins anew", () => {
  const backoff = new Backoff({ random: longest })
  for (let attempt = 0; attempt < 9; attempt++) backoff.next()
  backoff.reset()
  assert.equal(backoff.next(), 500)
})
