/** The faces of those who are here; the same people are marked in the members panel. */
import { listed } from "../lib/format.js"
import { face } from "../lib/people.js"
import { me, socket } from "../live.js"

const MOST = 4

class PresenceList extends HTMLElement {
  #leaving = new AbortController()

  /** @type {import("../lib/people.js").Person[]} */
  people = []

  // Lifecycle

  connectedCallback() {
    this.room = this.getAttribute("room")
    socket.addEventListener("presence", ({ detail }) => this.#hear(detail), { signal: this.#leaving.signal })
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  // Internal

  #hear({ room, users }) {
    if (room !== this.room) return
    this.people = users
    this.#showFaces(users.filter(({ id }) => id !== me.id))
    this.#markMembers(new Set(users.map(({ id }) => id)))
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
