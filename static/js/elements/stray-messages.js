/** What was written to other rooms than the one on this page, and could not be sent: to be copied, or let go. */
import { copyText } from "../lib/clipboard.js"
import { outbox } from "../live.js"

const DONE = 1_600

class StrayMessages extends HTMLElement {
  #leaving = new AbortController()

  // Lifecycle

  connectedCallback() {
    const { signal } = this.#leaving
    for (const type of ["pending", "failed", "removed"]) outbox.addEventListener(type, () => this.#show(), { signal })
    this.addEventListener("click", ({ target }) => this.#act(target.closest("button")), { signal })
    this.#show()
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  // Internal

  /** A room that can be written to from here shows its own at the end of its log. */
  #show() {
    const items = outbox.failedBeside(document.querySelector("message-composer")?.getAttribute("room"))
    const wanted = new Set(items.map(({ client_id }) => client_id))
    for (const stray of this.#strays()) if (!wanted.has(stray.dataset.clientId)) stray.remove()
    const shown = new Set(this.#strays().map((stray) => stray.dataset.clientId))
    this.append(...items.filter(({ client_id }) => !shown.has(client_id)).map((item) => this.#make(item)))
  }

  #make({ client_id, name, body, error }) {
    const stray = this.querySelector("template").content.firstElementChild.cloneNode(true)
    stray.dataset.clientId = client_id
    stray.querySelector("[data-room]").textContent = name
    stray.querySelector("[data-reason]").textContent = error
    stray.querySelector("[data-text]").textContent = body
    return stray
  }

  #act(button) {
    const stray = button?.closest(".stray")
    if (!stray) return
    if (button.dataset.action === "copy") this.#copy(stray, button)
    else this.#drop(stray, button)
  }

  async #copy(stray, button) {
    await copyText(stray.querySelector("[data-text]").textContent)
    button.textContent = "Copied"
    setTimeout(() => (button.textContent = "Copy"), DONE)
  }

  /** The button goes with it; whoever came to it by keyboard goes on with the next one. */
  #drop(stray, button) {
    const isByKeyboard = button.matches(":focus-visible")
    outbox.remove(stray.dataset.clientId)
    if (isByKeyboard) (this.querySelector(".stray button") ?? document.getElementById("main")).focus()
  }

  #strays() {
    return [...this.querySelectorAll(".stray")]
  }
}

customElements.define("stray-messages", StrayMessages)
