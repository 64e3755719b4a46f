/** The messages on the page, in their order, with the days and the unread line between them. */
import { Dividers } from "./dividers.js"

/** What has not been sent has no seq yet, and stands at the end. */
const seqOf = (article) => Number(article.dataset.seq) || Infinity

export class Timeline {
  #items
  #dividers

  /**
   * @param {HTMLElement} items
   * @param {import("./format.js").Clock} clock
   */
  constructor(items, clock) {
    this.#items = items
    this.#dividers = new Dividers(clock)
  }

  // Looking

  get articles() {
    return [...this.#items.children].filter((element) => element.matches("article"))
  }

  get first() {
    return this.#nearest(this.#items.firstElementChild, "nextElementSibling")
  }

  get last() {
    return this.#nearest(this.#items.lastElementChild, "previousElementSibling")
  }

  /** The newest seq shown. */
  get newest() {
    let article = this.last
    while (article && seqOf(article) === Infinity) article = this.before(article)
    return article ? seqOf(article) : 0
  }

  /** The oldest seq shown. */
  get oldest() {
    return this.first ? seqOf(this.first) : Infinity
  }

  before(article) {
    return this.#nearest(article.previousElementSibling, "previousElementSibling")
  }

  after(article) {
    return this.#nearest(article.nextElementSibling, "nextElementSibling")
  }

  find(id) {
    return this.#items.querySelector(`[data-id="${CSS.escape(id)}"]`)
  }

  findUnsent(clientId) {
    return this.#items.querySelector(`[data-client-id="${CSS.escape(clientId)}"]:not([data-id])`)
  }

  /** Whether the server has it, by the key that it was sent under. */
  hasSent(clientId) {
    return this.#items.querySelector(`[data-client-id="${CSS.escape(clientId)}"][data-id]`) !== null
  }

  /** The last seq before the first word after `read`: who came and went in between is no news. Null without a word. */
  endOfRead(read) {
    const first = this.articles.find((article) => seqOf(article) > read && !article.matches(".message--event"))
    const above = first && this.before(first)
    return first ? (above ? seqOf(above) : read) : null
  }

  at(seq) {
    return this.#items.querySelector(`[data-seq="${Number(seq)}"]`)
  }

  // Changing

  /** Puts it where its seq belongs. */
  place(article) {
    let previous = this.last
    while (previous && seqOf(previous) > seqOf(article)) previous = this.before(previous)
    if (previous) previous.after(article)
    else this.#items.prepend(article)
    this.#settleAround(article)
  }

  move(article) {
    const hadFocus = article === document.activeElement
    if (article.isConnected) this.remove(article)
    this.place(article)
    if (hadFocus) article.focus({ preventScroll: true })
  }

  replace(old, article) {
    const hadFocus = old.contains(document.activeElement)
    old.replaceWith(article)
    if (old.dataset.seq === article.dataset.seq) this.#settleAround(article)
    else this.move(article)
    if (hadFocus) article.focus({ preventScroll: true })
  }

  remove(article) {
    const next = this.after(article)
    this.#dividers.clear(article)
    article.remove()
    if (next) this.#settle(next)
  }

  /** A page of older ones above, or of newer ones below. */
  add(articles, where) {
    if (where === "above") this.#items.prepend(...articles)
    else this.#items.append(...articles)
    for (const article of articles) this.#settle(article)
    const next = articles.length && this.after(articles.at(-1))
    if (next) this.#settle(next)
  }

  /** All of them anew. */
  show(articles) {
    this.#items.replaceChildren(...articles)
    this.settle()
  }

  settle() {
    this.articles.forEach((article) => this.#settle(article))
  }

  /** "New since": from here on it is unread, until the next visit. */
  drawLineAfter(seq) {
    this.#dividers.readUpTo = seq
    this.settle()
  }

  // Internal

  /** The head of a message depends on the one above, so the next one may change as well. */
  #settleAround(article) {
    this.#settle(article)
    const next = this.after(article)
    if (next) this.#settle(next)
  }

  #settle(article) {
    this.#dividers.settle(this.before(article), article)
  }

  #nearest(element, direction) {
    while (element && !element.matches("article")) element = element[direction]
    return element ?? null
  }
}
