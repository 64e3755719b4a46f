/** Jump to a room or a person: Ctrl-K, a few letters, Enter. htmx asks the server; this chooses and goes. */
import { hasCommandKey } from "../lib/platform.js"

const TOO_FAST = 429
const STEPS = { ArrowDown: 1, ArrowUp: -1 }

class QuickSwitcher extends HTMLElement {
  #leaving = new AbortController()
  #dialog
  #input
  #asked = null
  #shown = null
  #isWaiting = false

  // Lifecycle

  connectedCallback() {
    this.#dialog = this.querySelector("dialog")
    this.#input = this.querySelector("input")
    const hear = (target, type, react) => target.addEventListener(type, react, { signal: this.#leaving.signal })
    hear(document, "keydown", (event) => this.#callByKey(event))
    hear(document, "click", ({ target }) => target.closest("[data-jump]") && this.open())
    hear(this.#input, "keydown", (event) => this.#press(event))
    hear(this, "submit", (event) => this.#submit(event))
    hear(this, "htmx:beforeRequest", () => (this.#asked = this.#input.value))
    hear(this, "htmx:beforeSwap", ({ detail }) => detail.xhr.status === TOO_FAST && this.#waitFor(detail))
    hear(this, "htmx:afterSwap", () => this.#arrived())
    hear(this.#dialog, "click", ({ target }) => target === this.#dialog && this.#dialog.close())
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  // Actions

  open() {
    if (this.#dialog.open) return
    document.querySelector("#sidebar:popover-open")?.hidePopover()
    this.#input.value = ""
    this.#isWaiting = false
    this.#dialog.showModal()
    this.#input.focus()
    this.#input.dispatchEvent(new Event("jump"))
  }

  // Internal

  #callByKey(event) {
    if (!hasCommandKey(event) || event.shiftKey || event.key.toLowerCase() !== "k") return
    event.preventDefault()
    if (this.#dialog.open) this.#dialog.close()
    else this.open()
  }

  /** A field for searching takes the first Escape for itself, to be emptied. */
  #press(event) {
    if (event.key === "Escape" && !event.isComposing) return this.#dialog.close()
    if (event.isComposing || !(event.key in STEPS) || !this.#options.length) return
    event.preventDefault()
    const count = this.#options.length
    this.#select((this.#options.indexOf(this.#selected) + STEPS[event.key] + count) % count)
  }

  /** Results of what was typed before are not what is meant now: wait for the right ones. */
  #submit(event) {
    event.preventDefault()
    if (this.#shown === this.#input.value) this.#selected?.click()
    else this.#isWaiting = true
  }

  #arrived() {
    this.#shown = this.#asked
    this.#input.setAttribute("aria-expanded", String(this.#options.length > 0))
    if (this.#options.length) this.#select(0)
    else this.#input.removeAttribute("aria-activedescendant")
    if (!this.#isWaiting || this.#shown !== this.#input.value) return
    this.#isWaiting = false
    this.#selected?.click()
  }

  /** The server says in a sentence when it goes on; then it is asked again. */
  #waitFor(detail) {
    Object.assign(detail, { shouldSwap: true, isError: false })
    const wait = Number(detail.xhr.getResponseHeader("Retry-After")) * 1000
    setTimeout(() => this.#dialog.open && this.#input.dispatchEvent(new Event("jump")), wait)
  }

  #select(index) {
    this.#options.forEach((option, place) => option.setAttribute("aria-selected", String(place === index)))
    this.#input.setAttribute("aria-activedescendant", this.#options[index].id)
    this.#options[index].scrollIntoView({ block: "nearest" })
  }

  get #options() {
    return [...this.querySelectorAll("[role=option]")]
  }

  get #selected() {
    return this.querySelector("[role=option][aria-selected=true]")
  }
}

customElements.define("quick-switcher", QuickSwitcher)
