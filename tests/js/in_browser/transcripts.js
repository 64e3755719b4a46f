/** Tells the room's Feed what another client heard, event by event, and compares what it shows, and when it asks. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { Feed } from "../../../static/js/feed.js"
import { CommandError } from "../../../static/js/lib/refusals.js"

const ROOM = "r"
/** Longer than a gap is waited for; it passes at once in the tests' browser. */
const PAUSE = 600

/** In the place of the socket: what is asked waits in `asked` until the transcript comes to it. */
class Line extends EventTarget {
  isUp = false
  asked = []
  #pending = null

  command(type, { since }) {
    if (!this.isUp) return Promise.reject(new CommandError({ code: "offline" }))
    this.asked.push({ type, since })
    return new Promise((resolve, reject) => (this.#pending = { resolve, reject }))
  }

  hint() {}

  answer(revision) {
    this.#pending.resolve({ revision })
  }

  drop() {
    this.isUp = false
    this.#pending?.reject(new CommandError({ code: "offline" }))
  }

  emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

class Screen {
  line = new Line()
  shown = new Map()
  news = 0

  page({ at, shown }) {
    this.feed = new Feed(this.line, { room: ROOM, revision: at })
    this.feed.addEventListener("message", ({ detail }) => this.#upsert(detail))
    this.feed.start(new AbortController().signal)
    this.#show(shown)
  }

  up() {
    this.line.isUp = true
    this.line.emit("up")
  }

  down() {
    this.line.drop()
  }

  frame({ frame }) {
    this.line.emit(frame.type, { room: ROOM, ...frame })
  }

  heads({ head }) {
    this.line.emit("heads", { rooms: { [ROOM]: head } })
  }

  asked({ since }) {
    assert.deepEqual(this.line.asked.shift(), { type: "open", since })
  }

  answered({ head }) {
    this.line.answer(head)
  }

  /** After a `reset`. */
  load({ at, shown }) {
    this.#show(shown)
    this.feed.restart(at)
  }

  /** The page that a `reset` called for could not be loaded. */
  no_page() {
    this.feed.openSoon()
  }

  pause() {
    return new Promise((resolve) => setTimeout(resolve, PAUSE))
  }

  get rows() {
    return [...this.shown].map(([id, state]) => [id, ...state]).sort(([a], [b]) => a - b)
  }

  #show(rows) {
    this.shown = new Map(rows.map(([id, ...state]) => [id, state]))
  }

  #upsert({ id, seq, revision, html }) {
    this.shown.set(id, [seq, revision, html])
    this.news++
  }
}

/** What was promised has happened. */
async function settled() {
  for (let turn = 0; turn < 10; turn++) await null
}

async function follow({ events, shown, news }) {
  const screen = new Screen()
  for (const [number, event] of events.entries()) {
    if (event.event !== "asked") assert.deepEqual(screen.line.asked, [], `asked unforeseen before event ${number}`)
    await screen[event.event](event)
    await settled()
    assert.equal(screen.feed.revision, event.at, `the revision after event ${number}, ${JSON.stringify(event)}`)
  }
  assert.deepEqual(screen.line.asked, [])
  assert.deepEqual(screen.rows, shown)
  assert.equal(screen.news, news)
}

const transcripts = await (await fetch("/transcripts.json")).json()
transcripts.forEach((transcript, number) => test(`transcript ${number}`, () => follow(transcript)))
