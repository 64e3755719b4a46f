/** Keeps a reader who is at the bottom at the bottom, whatever grows, and leaves everybody else in peace. */

const NEAR = 48

export class Bottom extends EventTarget {
  #scroller
  #isAtEnd
  #isHeld = true
  #lastTop = 0

  /**
   * @param {HTMLElement} scroller
   * @param {{content: HTMLElement, isAtEnd: () => boolean, signal: AbortSignal}} parts
   *   `isAtEnd`: whether below the shown content there is nothing more to load
   */
  constructor(scroller, { content, isAtEnd, signal }) {
    super()
    this.#scroller = scroller
    this.#isAtEnd = isAtEnd
    const observer = new ResizeObserver(() => this.#isHeld && this.go())
    observer.observe(content)
    observer.observe(scroller)
    signal.addEventListener("abort", () => observer.disconnect())
    scroller.addEventListener("scroll", () => this.#moved(), { passive: true, signal })
  }

  get isHeld() {
    return this.#isHeld
  }

  // Actions

  hold() {
    this.#set(true)
    this.go()
  }

  /** Leaves the bottom for one message, and points it out. */
  show(article) {
    this.#set(false)
    this.#scroller.querySelector(".message--target")?.classList.remove("message--target")
    article.classList.add("message--target")
    article.scrollIntoView({ block: "center" })
    article.focus({ preventScroll: true })
  }

  go() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    this.#lastTop = this.#scroller.scrollTop
  }

  // Internal

  /** Growth alone moves nothing up: only a reader does, so a late scroll event cannot let go by mistake. */
  #moved() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller
    const wentUp = scrollTop < this.#lastTop
    this.#lastTop = scrollTop
    if (scrollHeight - scrollTop - clientHeight <= NEAR) this.#set(this.#isAtEnd())
    else if (wentUp) this.#set(false)
  }

  #set(held) {
    if (held === this.#isHeld) return
    this.#isHeld = held
    this.dispatchEvent(new Event("change"))
  }
}
