/** Whether somebody looks at the log, and how far they have read: told to the server at most once a second. */

const PAUSE = 1_000

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

  /** What could not be said waits for the next reason to say something, such as the line being back: no rest then. */
  async #mark(seq) {
    this.#isResting = true
    const rest = new Promise((resolve) => setTimeout(resolve, PAUSE))
    const isSaid = await this.#send(seq).then(() => true, () => false)
    if (isSaid) await rest
    this.#isResting = false
    if (isSaid) this.reach(seq)
    if (isSaid) this.note()
  }

  #attend() {
    this.#wasAway = !this.isHere
    this.note()
  }
}
