/** Says that the line is down, once that is worth saying, and that it is back. */
import { socket } from "../live.js"

const WORTH_SAYING = 1_500
const BACK_FOR = 2_500

class ConnectionBanner extends HTMLElement {
  #leaving = new AbortController()
  #timer = null
  #isShown = false

  // Lifecycle

  connectedCallback() {
    const { signal } = this.#leaving
    socket.addEventListener("up", () => this.#up(), { signal })
    socket.addEventListener("down", () => this.#down(), { signal })
    for (const type of ["online", "offline"]) addEventListener(type, () => this.#isShown && this.#show(), { signal })
    if (!socket.isUp) this.#down()
  }

  disconnectedCallback() {
    this.#leaving.abort()
    clearTimeout(this.#timer)
  }

  // Internal

  #down() {
    if (this.#isShown) return this.#show()
    this.#timer ??= setTimeout(() => this.#show(), WORTH_SAYING)
  }

  #up() {
    clearTimeout(this.#timer)
    this.#timer = null
    if (!this.#isShown) return this.#say("")
    this.#isShown = false
    this.#say("You are back.")
    this.#timer = setTimeout(() => this.#hide(), BACK_FOR)
  }

  #hide() {
    this.#timer = null
    this.#say("")
  }

  #show() {
    this.#isShown = true
    this.#say(navigator.onLine ? "Connecting…" : "Offline. Messages will be sent when you are back.")
  }

  #say(words) {
    if (this.textContent !== words) this.textContent = words
  }
}

customElements.define("connection-banner", ConnectionBanner)
