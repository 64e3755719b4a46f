/** The faces of those who are here; the same people are marked in the members panel. */
import { listed } from "../lib/format.js"
import { face } from "../lib/people.js"
import { Presence } from "../lib/presence.js"
import { me, socket } from "../live.js"

const MOST = 4

class PresenceList extends HTMLElement {
  #leaving = new AbortController()
  #presence = new Presence()

  /** @returns {import("../lib/people.js").Person[]} */
  get people() {
    return this.#presence.people
  }

  // Lifecycle

  connectedCallback() {
    this.room = this.getAttribute("room")
    this.#on("presence", (frame) => this.#presence.begin(frame))
    this.#on("arrived", ({ user, at }) => this.#presence.change(user.id, user, at))
    this.#on("departed", ({ user, at }) => this.#presence.change(user, null, at))
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  // Internal

  #on(type, learn) {
    const hear = (frame) => {
      learn(frame)
      this.#show(this.people)
    }
    socket.addEventListener(type, ({ detail }) => detail.room === this.room && hear(detail), { signal: this.#leaving.signal })
  }

  #show(people) {
    this.#showFaces(people.filter(({ id }) => id !== me.id))
    this.#markMembers(new Set(people.map(({ id }) => id)))
  }

  #showFaces(others) {
    const shown = others.slice(0, others.length > MOST ? MOST - 1 : MOST)
    const rest = others.length - shown.length
    const names = listed([...shown.map(({ name }) => name), ...(rest ? [`${rest} more`] : [])])
    this.replaceChildren(...shown.map(face), ...(rest ? [this.#rest(rest)] : []))
    this.hidden = others.length === 0
    this.title = names
    this.setAttribute("aria-label", names ? `Here now: ${names}` : "Nobody else is here")
  }

  #rest(count) {
    const circle = document.querySelector("template#face-rest").content.firstElementChild.cloneNode(true)
    circle.append(`+${count}`)
    return circle
  }

  #markMembers(ids) {
    for (const row of document.querySelectorAll(".members__row[data-user]")) {
      row.classList.toggle("members__row--here", ids.has(row.dataset.user))
      row.querySelector(".avatar")?.classList.toggle("online", ids.has(row.dataset.user))
    }
  }
}

customElements.define("presence-list", PresenceList)
