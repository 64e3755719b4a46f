import assert from "node:assert/strict"
import { test } from "node:test"
import { Clock, kilobytes, listed, typingLine } from "../../static/js/lib/format.js"

const british = new Clock({ locale: "en-GB", timeZone: "Europe/Berlin" })
const now = new Date("2025-11-20T12:00:00Z")

test("times are the reader's own", () => {
  assert.equal(british.time(new Date("2025-11-20T08:53:00Z")), "9:53")
  assert.match(british.full(new Date("2025-11-20T08:53:00Z")), /Thursday,? 20 November 2025.*09:53/)
})

test("days have the names that people use", () => {
  assert.equal(british.day(new Date("2025-11-20T00:10:00Z"), now), "Today")
  assert.equal(british.day(new Date("2025-11-19T12:00:00Z"), now), "Yesterday")
  assert.match(british.day(new Date("2025-11-13T12:00:00Z"), now), /^Thursday,? 13 November$/)
  assert.match(british.day(new Date("2024-11-20T12:00:00Z"), now), /^Wednesday,? 20 November 2024$/)
})

test("a day begins at the reader's midnight", () => {
  assert.equal(british.dayKey(new Date("2025-11-19T23:30:00Z")), "2025-11-20")
  assert.equal(british.day(new Date("2025-11-19T22:30:00Z"), now), "Yesterday")
})

test("yesterday is yesterday over a change of the clocks", () => {
  assert.equal(british.day(new Date("2025-10-25T21:30:00Z"), new Date("2025-10-26T22:30:00Z")), "Yesterday")
})

test("the typing line names two and counts no further", () => {
  assert.deepEqual([[], ["Mira"], ["Mira", "Jonas"], ["a", "b", "c"]].map(typingLine), [
    "", "Mira is typing…", "Mira and Jonas are typing…", "Several people are typing…",
  ])
})

test("names and sizes read well", () => {
  assert.equal(listed(["Mira", "Jonas", "3 more"]), "Mira, Jonas and 3 more")
  assert.deepEqual([kilobytes(16384), kilobytes(17613)], ["16 KB", "17.2 KB"])
})
