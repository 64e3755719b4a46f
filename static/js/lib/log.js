/**
 * What one tab knows of one room's log.
 *
 * `revision` is the highest one up to which every change has been applied. Changes that arrive early are
 * applied at once and remembered, so that the revision can move over them when the missing ones have come.
 *
 * @typedef {{id: string, revision: number, after?: number}} Change
 *   `after`: the revision that it follows. A replay leaves out the numbers of changes that later ones replaced.
 */
export class Log {
  #revision
  #early = new Map()
  #isLost = false

  /** @param {number} revision */
  constructor(revision) {
    this.#revision = revision
  }

  get revision() {
    return this.#revision
  }

  /** Once it is lost, asking would not help. */
  get hasGap() {
    return this.#early.size > 0 && !this.#isLost
  }

  /**
   * Whether the change is news. Of one message only the newest state counts, whatever the order of arrival.
   * @param {Change} change
   */
  take({ id, revision, after = revision - 1 }) {
    if (revision <= this.#revision) return false
    const known = this.#early.get(revision)
    const isNews = !known && !this.#knowsNewer(id, revision)
    this.#early.set(revision, { id, after: Math.min(after, known?.after ?? after) })
    this.#advance()
    return isNews
  }

  /** Too much is missing to be sent: the revision waits for a new page, and until then no word moves it. */
  lose() {
    this.#isLost = true
  }

  /** The server has said that everything up to this revision was sent. */
  reach(revision) {
    if (this.#isLost) return
    this.#revision = Math.max(this.#revision, revision)
    this.#advance()
  }

  /** @param {number} head the room's revision as the server knows it */
  isBehind(head) {
    return head > this.#revision
  }

  // Internal

  #advance() {
    for (const [revision, { after }] of [...this.#early].sort(([a], [b]) => a - b)) {
      if (after > this.#revision) continue
      this.#revision = Math.max(this.#revision, revision)
      this.#early.delete(revision)
    }
  }

  #knowsNewer(id, revision) {
    return [...this.#early].some(([early, change]) => change.id === id && early > revision)
  }
}
