/**
 * What this tab has of one room, kept equal to the server's log: live frames as they come, `open` for the rest.
 *
 * Events: `message` (news only), `draft`, `reset` (too much was missed: load the newest page, then `restart`),
 * `gone` (the room is not ours any more).
 */
import { Log } from "./lib/log.js"
import { isForLater, isLost, waitFor } from "./lib/refusals.js"

const GAP_PATIENCE = 500
const RETRY = 2_000
const GONE = new Set(["not_found", "forbidden"])

export class Feed extends EventTarget {
  #socket
  #log
  #isOpening = false
  #isStale = false
  #isAsked = false
  #head = 0
  #timer = null

  /**
   * @param {import("./socket.js").Socket} socket
   * @param {{room: string, revision: number}} page what the page was rendered with
   */
  constructor(socket, { room, revision }) {
    super()
    this.room = room
    this.#socket = socket
    this.#log = new Log(revision)
  }

  get revision() {
    return this.#log.revision
  }

  // Lifecycle

  /** @param {AbortSignal} signal ends it */
  start(signal) {
    const hear = (type, react) => this.#socket.addEventListener(type, ({ detail }) => react(detail), { signal })
    const hearRoom = (type, react) => hear(type, (frame) => frame.room === this.room && react(frame))
    hear("up", () => this.open())
    hear("heads", ({ rooms }) => this.#compare(rooms[this.room] ?? 0))
    hearRoom("message", (frame) => this.#receive(frame))
    hearRoom("draft", (frame) => this.#emit("draft", frame))
    hearRoom("reset", (frame) => this.#lose(frame))
    signal.addEventListener("abort", () => this.#leave())
    if (this.#socket.isUp) this.open()
  }

  /** Asks for everything that is missing. */
  async open() {
    this.#isStale = this.#isOpening
    if (this.#isOpening) return
    this.#isOpening = true
    const answer = await this.#socket.command("open", { room: this.room, since: this.revision }).catch((error) => ({ error }))
    this.#isOpening = false
    if (answer.error) this.#refused(answer.error)
    else this.#reach(answer.revision)
  }

  /** The page was loaded anew, with all changes up to this revision. */
  restart(revision) {
    this.#log = new Log(revision)
    this.#head = 0
    return this.open()
  }

  /** Something is missing, whatever the numbers say. */
  openSoon(wait = GAP_PATIENCE) {
    this.#isAsked = true
    this.#look(wait)
  }

  // Internal

  #receive(frame) {
    if (this.#log.take(frame)) this.#emit("message", frame)
    this.#watchGap()
  }

  #reach(revision) {
    this.#log.reach(revision)
    this.#watchGap()
    if (this.#isStale) this.open()
  }

  /** Until the new page is here, the log stays where it was: if the page does not come, we are told to load it again. */
  #lose(frame) {
    this.#log.lose()
    this.#emit("reset", frame)
  }

  #watchGap() {
    if (this.#log.hasGap && !this.#isOpening) this.#look()
  }

  #compare(head) {
    this.#head = head
    if (this.#log.isBehind(head)) this.#look()
  }

  /** What is missing is likely on its way, so wait a moment before asking. */
  #look(wait = GAP_PATIENCE) {
    this.#timer ??= setTimeout(() => {
      const isNeeded = this.#isAsked || this.#log.hasGap || this.#log.isBehind(this.#head)
      this.#timer = null
      this.#isAsked = false
      if (isNeeded) this.open()
    }, wait)
  }

  /** When the line was lost, `up` opens again. */
  #refused(error) {
    if (GONE.has(error.code)) this.#emit("gone")
    else if (isForLater(error)) this.openSoon(waitFor(error, RETRY))
    else if (isLost(error) && this.#socket.isUp) this.openSoon(RETRY)
  }

  #leave() {
    clearTimeout(this.#timer)
    this.#socket.hint("close", { room: this.room })
  }

  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
