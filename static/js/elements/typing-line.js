/** Who is writing in this room. Fleeting: nobody says when they stop. */
import { typingLine } from "../lib/format.js"
import { me, socket } from "../live.js"

const LASTS = 6_000

class TypingLine extends HTMLElement {
  #leaving = new AbortController()
  #people = new Map()

  // Lifecycle

  connectedCallback() {
    const { signal } = this.#leaving
    this.room = this.getAttribute("room")
    socket.addEventListener("typing", ({ detail }) => this.#hear(detail), { signal })
    socket.addEventListener("down", () => this.#clear(), { signal })
    document.addEventListener("message-arrived", ({ detail }) => this.#stop(detail.author), { signal })
  }

  disconnectedCallback() {
    this.#leaving.abort()
    this.#clear()
  }

  // Internal

  #hear({ room, user, name }) {
    if (room !== this.room || user === me.id) return
    clearTimeout(this.#people.get(user)?.timer)
    this.#people.set(user, { name, timer: setTimeout(() => this.#stop(user), LASTS) })
    this.#write()
  }

  #stop(user) {
    clearTimeout(this.#people.get(user)?.timer)
    if (this.#people.delete(user)) this.#write()
  }

  #clear() {
    for (const user of [...this.#people.keys()]) this.#stop(user)
  }

  #write() {
    this.textContent = typingLine([...this.#people.values()].map(({ name }) => name))
  }
}

customElements.define("typing-line", TypingLine)
