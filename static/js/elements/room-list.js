/** The rooms in the sidebar: what is unread, the newest activity first, and the number in the tab's title. */
import { fragment } from "../lib/http.js"
import { socket } from "../live.js"

const ADDRESS = "/rooms/sidebar/"
const GATHER = 300
const SPREAD = 2_000
const MOST = 99

const numberOf = (link, name) => Number(link.dataset[name]) || 0
const unreadIn = (link) => Math.max(0, numberOf(link, "seqLast") - numberOf(link, "read"))
const shortened = (count) => (count > MOST ? `${MOST}+` : String(count))

class RoomList extends HTMLElement {
  #leaving = new AbortController()
  #title = document.title
  #wasUp = false
  #timer = null
  #frame = null

  // Lifecycle

  connectedCallback() {
    const { signal } = this.#leaving
    const hear = (target, type, react) => target.addEventListener(type, ({ detail }) => react(detail), { signal })
    hear(socket, "unread", (frame) => this.#hear(frame))
    hear(socket, "message", (frame) => this.#hear(frame))
    hear(socket, "read", ({ room, seq }) => this.#read(room, seq))
    hear(document, "messages-seen", ({ room, seq }) => this.#read(room, seq))
    hear(socket, "rooms", () => this.#refreshSoon(GATHER))
    hear(socket, "hello", ({ seqs }) => this.#compare(seqs))
    hear(socket, "up", () => this.#catchUp())
    this.#write()
  }

  disconnectedCallback() {
    this.#leaving.abort()
    clearTimeout(this.#timer)
  }

  // Internal: news

  /** `quiet` are the seqs of events, which need no reading. */
  #hear({ room, seq, mention, mine, quiet = [] }) {
    const link = this.#link(room)
    const known = link ? numberOf(link, "seqLast") : Infinity
    if (seq <= known) return
    link.dataset.seqLast = seq
    if (mention) link.querySelector(".badge").classList.add("badge--mention")
    link.dataset.read = mine ? seq : numberOf(link, "read") + quiet.filter((event) => event > known).length
    this.#raise(link.closest("li"))
    this.#writeSoon()
  }

  #read(room, seq) {
    const link = this.#link(room)
    if (!link || seq <= numberOf(link, "read")) return
    link.dataset.read = seq
    if (!unreadIn(link)) link.querySelector(".badge").classList.remove("badge--mention")
    this.#writeSoon()
  }

  /** Newest activity first. Whoever stands on a link by keyboard stays on it. */
  #raise(item) {
    if (item.previousElementSibling === null) return
    const focused = document.activeElement
    const hadFocus = item.contains(focused)
    item.parentElement.prepend(item)
    if (hadFocus) focused.focus({ preventScroll: true })
  }

  // Internal: the list anew

  /** What happened after the page was made and before the line was there was not told. */
  #compare(seqs) {
    const known = this.#links().reduce((sum, link) => sum + numberOf(link, "seqLast"), 0)
    if (known !== seqs) this.#refreshSoon(GATHER)
  }

  /** What happened in other rooms while the line was down was not told. */
  #catchUp() {
    if (this.#wasUp) this.#refreshSoon(GATHER + Math.random() * SPREAD)
    this.#wasUp = true
  }

  #refreshSoon(wait) {
    this.#timer ??= setTimeout(() => this.#refresh(), wait)
  }

  async #refresh() {
    this.#timer = null
    const page = await fragment(ADDRESS).catch(() => null)
    const fresh = page?.querySelector("room-list")
    if (!fresh) return
    this.replaceChildren(...fresh.childNodes)
    const open = document.querySelector("message-list")?.getAttribute("room")
    this.#link(open)?.setAttribute("aria-current", "page")
    this.#write()
  }

  // Internal: on the screen

  /** In the next frame: a message that is being looked at is read by then, and no badge flashes. */
  #writeSoon() {
    this.#frame ??= requestAnimationFrame(() => this.#write())
  }

  #write() {
    this.#frame = null
    const links = this.#links()
    links.forEach((link) => this.#writeBadge(link))
    const unread = links.reduce((sum, link) => sum + unreadIn(link), 0)
    document.title = unread ? `(${shortened(unread)}) ${this.#title}` : this.#title
  }

  #writeBadge(link) {
    const [unread, badge] = [unreadIn(link), link.querySelector(".badge")]
    link.classList.toggle("room-link--unread", unread > 0)
    badge.hidden = unread === 0
    badge.textContent = shortened(unread)
  }

  #links() {
    return [...this.querySelectorAll(".room-link[data-room]")]
  }

  #link(room) {
    return this.querySelector(`.room-link[data-room="${CSS.escape(room ?? "")}"]`)
  }
}

customElements.define("room-list", RoomList)
