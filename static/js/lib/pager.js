/** Which part of the log is shown, and the rest of it, page by page, as the reader comes near an end. */
import { holdStill, make } from "./dom.js"
import { fragment } from "./http.js"

const NEAR = "800px"
const RETRY = 3_000
const [MOST, KEPT] = [400, 200]
const ENDS = { above: "before", below: "after" }

/** Event: `page`, with the frames that came for messages outside the shown part while it was loading. */
export class Pager extends EventTarget {
  #list
  #timeline
  #dress
  #sentinels
  #observer
  #loading = new Set()
  #held = new Map()

  /**
   * @param {HTMLElement} list its `before` and `after` hold the seq behind which there is more, or nothing
   * @param {{items: HTMLElement, timeline: import("./timeline.js").Timeline, dress: (article: HTMLElement) => HTMLElement, signal: AbortSignal}} parts
   */
  constructor(list, { items, timeline, dress, signal }) {
    super()
    this.#list = list
    this.#timeline = timeline
    this.#dress = dress
    this.#sentinels = { above: this.#sentinel(), below: this.#sentinel() }
    list.prepend(this.#sentinels.above)
    items.after(this.#sentinels.below)
    this.#observer = new IntersectionObserver((entries) => this.#near(entries), { root: list, rootMargin: NEAR })
    signal.addEventListener("abort", () => this.#observer.disconnect())
    this.watch()
  }

  /** Whether the shown part reaches to the newest message. */
  get isAtEnd() {
    return !this.#from("below")
  }

  /** Whether a message with this seq belongs to the part that is shown. */
  covers(seq) {
    const { oldest, newest } = this.#timeline
    return (!this.#from("above") || seq >= oldest) && (this.isAtEnd || seq <= newest)
  }

  // Actions

  /** A page on its way may have been rendered before this change. */
  hold(frame) {
    if (this.#loading.size) this.#held.set(frame.id, frame)
  }

  /** Looks anew: an observer speaks only of changes, and a short page may leave its end in sight. */
  watch() {
    for (const [where, sentinel] of Object.entries(this.#sentinels)) {
      this.#observer.unobserve(sentinel)
      sentinel.hidden = !this.#from(where)
      if (this.#from(where)) this.#observer.observe(sentinel)
    }
    const start = this.#list.querySelector(".messages__start")
    if (start) start.hidden = Boolean(this.#from("above"))
  }

  /** The newest page in place of what is shown. @returns {Promise<boolean>} whether the server gave one */
  async loadNewest() {
    const page = await fragment(new URL(".", location.href)).catch(() => null)
    const fresh = page?.querySelector("message-list")
    if (!fresh) return false
    for (const name of ["revision", "before", "after"]) this.#list.setAttribute(name, fresh.getAttribute(name) ?? "")
    this.#timeline.show([...fresh.querySelectorAll("article")].map(this.#dress))
    this.watch()
    history.replaceState(history.state, "", new URL(".", location.href))
    return true
  }

  /** A tab that stays open for days does not grow for ever. What is taken away comes back as one scrolls. */
  trim() {
    const { articles } = this.#timeline
    if (articles.length <= MOST) return
    articles.slice(0, -KEPT).forEach((article) => this.#timeline.remove(article))
    this.#list.setAttribute("before", this.#timeline.oldest)
    this.watch()
  }

  // Internal

  #near(entries) {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) this.#load(target === this.#sentinels.above ? "above" : "below")
    }
  }

  async #load(where) {
    const from = this.#from(where)
    if (!from || this.#loading.has(where)) return
    this.#loading.add(where)
    const url = `${this.#list.getAttribute("src") ?? "messages/"}?${ENDS[where]}=${from}`
    const page = await fragment(url).catch(() => setTimeout(() => this.watch(), RETRY) && null)
    this.#loading.delete(where)
    // Somebody may have jumped to the newest meanwhile.
    if (page && from === this.#from(where)) this.#show([...page.querySelectorAll("article.message")], where)
  }

  #show(articles, where) {
    const edge = Number((where === "above" ? articles.at(0) : articles.at(-1))?.dataset.seq)
    // A room's log begins at 1.
    this.#list.setAttribute(ENDS[where], edge > 1 ? edge : "")
    articles.forEach(this.#dress)
    holdStill(this.#list, this.#inSight, () => {
      this.#timeline.add(articles, where)
      this.watch()
    })
    const held = [...this.#held.values()]
    this.#held.clear()
    this.dispatchEvent(new CustomEvent("page", { detail: held }))
  }

  /** A message that the reader sees. Not the first one: it may lose its head to one above it. */
  get #inSight() {
    const { top } = this.#list.getBoundingClientRect()
    return this.#timeline.articles.find((article, index) => index && article.getBoundingClientRect().top >= top)
  }

  #from(where) {
    return this.#list.getAttribute(ENDS[where])
  }

  #sentinel() {
    return make("div", { class: "messages__older", hidden: "" }, make("span", { class: "spinner" }), "Loading messages…")
  }
}
