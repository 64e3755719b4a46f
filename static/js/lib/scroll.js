/** Keeps a reader who is at the bottom at the bottom, whatever grows, and leaves everybody else in peace. */

const NEAR = 48

export class Bottom extends EventTarget {
  #scroller
  #isHeld = true
  #lastTop = 0
  #observer

  /** @param {HTMLElement} scroller @param {HTMLElement} content */
  constructor(scroller, content) {
    super()
    this.#scroller = scroller
    this.#observer = new ResizeObserver(() => this.#isHeld && this.go())
    this.#observer.observe(content)
    this.#observer.observe(scroller)
    scroller.addEventListener("scroll", () => this.#moved(), { passive: true })
  }

  get isHeld() {
    return this.#isHeld
  }

  // Actions

  hold() {
    this.#set(true)
    this.go()
  }

  release() {
    this.#set(false)
  }

  go() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    this.#lastTop = this.#scroller.scrollTop
  }

  leave() {
    this.#observer.disconnect()
  }

  // Internal

  /** Growth alone moves nothing up: only a reader does, so a late scroll event cannot let go by mistake. */
  #moved() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller
    const wentUp = scrollTop < this.#lastTop
    this.#lastTop = scrollTop
    if (scrollHeight - scrollTop - clientHeight <= NEAR) this.#set(true)
    else if (wentUp) this.#set(false)
  }

  #set(held) {
    if (held === this.#isHeld) return
    this.#isHeld = held
    this.dispatchEvent(new Event("change"))
  }
}
