/** Whether somebody looks at the log, and how far they have read: told to the server at most once a second. */
import { isForLater, waitFor } from "./refusals.js"

const PAUSE = 1_000
const pause = (wait) => new Promise((resolve) => setTimeout(resolve, wait))

export class Reading {
  #read
  #shown
  #tell
  #send
  #isResting = false
  #wasAway = false

  /**
   * @param {number} read the last seq read before
   * @param {{shown: () => number, tell: (seq: number) => void, send: (seq: number) => Promise<unknown>}} parts
   *   `shown`: the newest seq in sight, 0 for a reader who is further up; `tell` the page at once, `send` to the server
   */
  constructor(read, { shown, tell, send }) {
    this.#read = read
    this.#shown = shown
    this.#tell = tell
    this.#send = send
  }

  start(signal) {
    for (const type of ["focus", "blur", "pageshow"]) addEventListener(type, () => this.#attend(), { signal })
    document.addEventListener("visibilitychange", () => this.#attend(), { signal })
  }

  get isHere() {
    return !document.hidden && document.hasFocus()
  }

  // Actions

  /** Something has changed: a message, the focus, the scroll position. */
  note() {
    const seq = this.isHere ? this.#shown() : 0
    if (seq <= this.#read) return
    this.#tell(seq)
    if (!this.#isResting) this.#mark(seq)
  }

  /** Read up to here, in this tab or another one. */
  reach(seq) {
    this.#read = Math.max(this.#read, seq)
  }

  /** True for the first message that came while nobody looked, once for each absence. */
  endAbsence() {
    const wasAway = this.#wasAway
    this.#wasAway = false
    return wasAway
  }

  // Internal

  /**
   * What was lost waits for the next reason to say something, such as the line being back: no rest then. What the
   * server wants to hear later is said later.
   */
  async #mark(seq) {
    this.#isResting = true
    const rest = pause(PAUSE)
    const error = await this.#send(seq).then(() => null, (error) => error)
    if (!error) await rest
    else if (isForLater(error)) await pause(waitFor(error, PAUSE))
    this.#isResting = false
    if (!error) this.reach(seq)
    if (!error || isForLater(error)) this.note()
  }

  #attend() {
    this.#wasAway = !this.isHere
    this.note()
  }
}
