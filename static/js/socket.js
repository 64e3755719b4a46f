/**
 * The tab's one connection. Commands go down and are answered; frames come up as events named by their type.
 *
 * Besides the frames: `up` (greeted by the server), `down` (for each loss and each failed attempt), `ended` (the
 * session is over), `outdated` (the server speaks another protocol than this script). It knows nothing of rooms: what a tab has of a room is kept by its Feed.
 */
import { Backoff } from "./lib/backoff.js"
import { CommandError, isLost } from "./lib/refusals.js"
import { onWaking } from "./lib/waking.js"

const PATIENCE = 10_000
const CHECK_PATIENCE = 4_000
const CALM = 30_000

/** The language of docs/protocol.md that this script speaks. */
const PROTOCOL = 1

const ENDED = 4401
/** Close codes after which the server wants to be left alone for a while: bad commands, flood. */
const REST = { 4400: 30_000, 4029: 30_000 }

export class Socket extends EventTarget {
  #url
  #web = null
  #isUp = false
  #replies = new Map()
  #lastRef = 0
  #backoff = new Backoff()
  #beatEvery = 20_000
  #timers = {}
  #restUntil = 0

  constructor(url) {
    super()
    this.#url = url
  }

  get isUp() {
    return this.#isUp
  }

  // Lifecycle

  start() {
    onWaking(() => this.check())
    this.#connect()
  }

  /** Is the line alive? Asked on waking, on coming online, on looking at the tab. */
  check() {
    if (this.#isUp) this.#beat(CHECK_PATIENCE)
    else if (!this.#web && navigator.onLine && Date.now() > this.#restUntil) this.#connect()
  }

  // Commands

  /**
   * @param {string} type
   * @param {Record<string, any>} fields
   * @returns {Promise<Record<string, any>>} the server's `ok`; rejects with a CommandError
   */
  command(type, fields = {}, patience = PATIENCE) {
    if (!this.#isUp) return Promise.reject(new CommandError({ code: "offline" }))
    const ref = ++this.#lastRef
    const answer = new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#settle(ref, "reject", new CommandError({ code: "timeout" })), patience)
      this.#replies.set(ref, { resolve, reject, late })
    })
    this.#web.send(JSON.stringify({ type, ref, ...fields }))
    return answer
  }

  /** For what is worth saying now or never. */
  hint(type, fields) {
    this.command(type, fields).catch(() => {})
  }

  // Internal: the line

  #connect() {
    clearTimeout(this.#timers.retry)
    const web = (this.#web = new WebSocket(this.#url))
    web.onmessage = ({ data }) => web === this.#web && JSON.parse(data).forEach((frame) => this.#receive(frame))
    web.onclose = ({ code }) => web === this.#web && this.#lose(code)
    this.#timers.greeting = setTimeout(() => this.#hangUp(), PATIENCE)
  }

  #hangUp() {
    this.#web.close()
    this.#lose(1000)
  }

  #lose(code) {
    this.#web = null
    this.#isUp = false
    Object.values(this.#timers).forEach(clearTimeout)
    for (const ref of [...this.#replies.keys()]) this.#settle(ref, "reject", new CommandError({ code: "offline" }))
    if (code === ENDED) return this.#emit("ended")
    this.#restUntil = Date.now() + (REST[code] ?? 0)
    this.#timers.retry = setTimeout(() => this.#connect(), (REST[code] ?? 0) + this.#backoff.next())
    this.#emit("down", { code })
  }

  async #beat(patience = PATIENCE) {
    clearTimeout(this.#timers.beat)
    const web = this.#web
    const isDead = await this.command("heartbeat", {}, patience).then(() => false, isLost)
    if (web !== this.#web) return
    if (isDead) this.#hangUp()
    else this.#timers.beat = setTimeout(() => this.#beat(), this.#beatEvery)
  }

  // Internal: frames

  #receive(frame) {
    if (frame.type === "ok") return this.#settle(frame.ref, "resolve", frame)
    if (frame.type === "error") return this.#settle(frame.ref, "reject", new CommandError(frame))
    if (frame.type === "hello" && frame.protocol !== PROTOCOL) return this.#part(frame)
    if (frame.type === "hello") this.#greet(frame)
    if (frame.type === "bye") this.#moveIn(frame.retry_ms)
    this.#emit(frame.type, frame)
  }

  #greet({ heartbeat }) {
    clearTimeout(this.#timers.greeting)
    this.#isUp = true
    this.#beatEvery = heartbeat * 1000
    this.#timers.beat = setTimeout(() => this.#beat(), this.#beatEvery)
    this.#timers.calm = setTimeout(() => this.#backoff.reset(), CALM)
    this.#emit("up")
  }

  /** Nothing is said in a language that one of both does not know. */
  #part({ protocol }) {
    this.#hangUp()
    this.#emit("outdated", { protocol })
  }

  /** This server process stops; another one is there already. */
  #moveIn(wait) {
    this.#backoff.reset()
    this.#timers.move = setTimeout(() => this.#hangUp(), wait)
  }

  #settle(ref, how, value) {
    const reply = this.#replies.get(ref)
    if (!reply) return
    this.#replies.delete(ref)
    clearTimeout(reply.late)
    reply[how](value)
  }

  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
