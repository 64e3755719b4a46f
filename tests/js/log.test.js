import assert from "node:assert/strict"
import { test } from "node:test"
import { Log } from "../../static/js/lib/log.js"

/** A room of `size` changes over a few messages, as the server would push them. */
function changes(size, messages = 4) {
  return Array.from({ length: size }, (_, index) => ({ id: `m${(index * 7) % messages}`, revision: index + 1 }))
}

/** What a replay sends: each message once, as it is now, and which revision each frame follows. */
function replay(all, since) {
  const newest = [...new Map(all.map((change) => [change.id, change])).values()]
  const changed = newest.filter(({ revision }) => revision > since).sort((a, b) => a.revision - b.revision)
  return changed.map((change, index) => ({ ...change, after: changed[index - 1]?.revision ?? since }))
}

/** The screen: applies what the log lets through. */
function shown(log, frames, screen = new Map()) {
  for (const frame of frames) if (log.take(frame)) screen.set(frame.id, frame.revision)
  return screen
}

const truth = (all) => new Map(all.map(({ id, revision }) => [id, revision]))
const sorted = (map) => [...map].sort()

function shuffled(list, random) {
  const copy = [...list]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[copy[i], copy[j]] = [copy[j], copy[i]]
  }
  return copy
}

/** The same dice in every run. */
function dice(seed) {
  return () => (seed = (seed * 16807) % 2147483647) / 2147483647
}

test("changes in order move the revision one by one", () => {
  const log = new Log(0)
  assert.deepEqual(changes(3).map((change) => [log.take(change), log.revision]), [[true, 1], [true, 2], [true, 3]])
  assert.equal(log.hasGap, false)
})

test("what is already shown is not news", () => {
  const log = new Log(5)
  assert.equal(log.take({ id: "a", revision: 5 }), false)
  assert.equal(log.take({ id: "a", revision: 6 }), true)
  assert.equal(log.take({ id: "a", revision: 6 }), false)
})

test("a change that comes early is shown, and the revision waits for the missing one", () => {
  const log = new Log(1)
  assert.equal(log.take({ id: "b", revision: 3 }), true)
  assert.deepEqual([log.revision, log.hasGap], [1, true])
  assert.equal(log.take({ id: "a", revision: 2 }), true)
  assert.deepEqual([log.revision, log.hasGap], [3, false])
})

test("an older state of a message never replaces a newer one", () => {
  const log = new Log(0)
  assert.equal(log.take({ id: "a", revision: 2 }), true)
  assert.equal(log.take({ id: "a", revision: 1 }), false)
  assert.equal(log.revision, 2)
})

test("a replay with numbers left out closes the gap", () => {
  const log = new Log(3)
  assert.equal(log.take({ id: "a", revision: 7, after: 3 }), true)
  assert.deepEqual([log.revision, log.hasGap], [7, false])
})

test("the server's word that all was sent closes what numbers alone would not", () => {
  const log = new Log(0)
  log.take({ id: "a", revision: 4 })
  log.take({ id: "b", revision: 9 })
  log.reach(7)
  assert.deepEqual([log.revision, log.hasGap], [7, true])
  log.reach(8)
  assert.deepEqual([log.revision, log.hasGap], [9, false])
})

test("a word that is older than what is known changes nothing", () => {
  const log = new Log(8)
  log.reach(3)
  assert.equal(log.revision, 8)
})

test("what was lost is not reached by a word, and asking again leads there again", () => {
  const log = new Log(3)
  log.lose()
  log.reach(20)
  assert.deepEqual([log.revision, log.isBehind(20)], [3, true])
})

test("what comes after a loss is shown, and is no gap to ask for", () => {
  const log = new Log(3)
  log.lose()
  assert.equal(log.take({ id: "a", revision: 21 }), true)
  assert.deepEqual([log.revision, log.hasGap], [3, false])
})

test("it is behind a head that is further", () => {
  assert.equal(new Log(4).isBehind(5), true)
  assert.equal(new Log(4).isBehind(4), false)
})

test("any order, with repetitions, ends as the server has it", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = dice(seed)
    const all = changes(30)
    const log = new Log(0)
    const screen = shown(log, shuffled([...all, ...all.slice(0, 10)], random))
    assert.deepEqual(sorted(screen), sorted(truth(all)), `seed ${seed}`)
    assert.deepEqual([log.revision, log.hasGap], [30, false], `seed ${seed}`)
  }
})

test("whatever is lost on the way, one replay ends as the server has it", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = dice(seed)
    const all = changes(30)
    const log = new Log(0)
    const screen = shown(log, shuffled(all, random).filter(() => random() > 0.3))
    shown(log, replay(all, log.revision), screen)
    log.reach(30)
    assert.deepEqual(sorted(screen), sorted(truth(all)), `seed ${seed}`)
    assert.deepEqual([log.revision, log.hasGap], [30, false], `seed ${seed}`)
  }
})

test("live changes between the frames of a replay do no harm", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = dice(seed)
    const all = changes(40)
    const log = new Log(10)
    const screen = truth(all.slice(0, 10))
    const missing = replay(all.slice(0, 30), 10)
    shown(log, shuffled([...missing, ...all.slice(30)], random), screen)
    log.reach(30)
    assert.deepEqual(sorted(screen), sorted(truth(all)), `seed ${seed}`)
    assert.equal(log.revision, 40, `seed ${seed}`)
  }
})
