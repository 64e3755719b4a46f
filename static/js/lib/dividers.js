/** What stands between two messages, and whether the second one needs a head of its own. */
import { make } from "./dom.js"
import { beginsDay, beginsUnread, follows } from "./grouping.js"

export class Dividers {
  #clock

  /** The unread line stands behind this seq. Null for no line. */
  readUpTo = null

  /** @param {import("./format.js").Clock} clock */
  constructor(clock) {
    this.#clock = clock
  }

  /**
   * @param {HTMLElement | null} previous
   * @param {HTMLElement} article
   */
  settle(previous, article) {
    const [above, facts] = [previous && this.#facts(previous), this.#facts(article)]
    const isNew = beginsUnread(above, facts, this.readUpTo)
    this.clear(article)
    if (beginsDay(above, facts)) article.before(this.#day(article))
    if (isNew) article.before(this.#line(article))
    article.classList.toggle("message--follows", !isNew && follows(above, facts))
  }

  clear(article) {
    while (article.previousElementSibling?.matches("[role=separator]")) article.previousElementSibling.remove()
  }

  // Internal

  #day(article) {
    return make("div", { class: "day", role: "separator" }, this.#clock.day(new Date(article.dataset.at)))
  }

  #line(article) {
    const words = `New since ${this.#clock.time(new Date(article.dataset.at))}`
    return make("div", { class: "unread-line", role: "separator" }, words)
  }

  /** @returns {import("./grouping.js").Facts} */
  #facts(article) {
    const { author, at, asker, seq } = article.dataset
    const date = new Date(at)
    const isEvent = article.classList.contains("message--event")
    const stands = Boolean(asker) || article.querySelector(".reply-to") !== null
    return { seq: Number(seq) || Infinity, author, at: date.getTime(), day: this.#clock.dayKey(date), isEvent, stands }
  }
}
