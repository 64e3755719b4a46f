/** The room's log on the screen. One frame changes it, `message`, and one thing is done with that: `upsert`. */
import { Feed } from "../feed.js"
import { decorate } from "../lib/decoration.js"
import { parseOne } from "../lib/dom.js"
import { keepLonger, write } from "../lib/draft-view.js"
import { listenForActions } from "../lib/message-actions.js"
import { listenForKeys } from "../lib/message-keys.js"
import { NewestButton } from "../lib/newest-button.js"
import { Pager } from "../lib/pager.js"
import { pendingArticle } from "../lib/pending.js"
import { Reading } from "../lib/reading.js"
import { Bottom } from "../lib/scroll.js"
import { Timeline } from "../lib/timeline.js"
import { Unsent } from "../lib/unsent.js"
import { clock, me, outbox, socket } from "../live.js"

const RETRY = 3_000

class MessageList extends HTMLElement {
  #leaving = new AbortController()
  #timeline
  #unsent
  #bottom
  #newest
  #pager
  #reading
  #feed
  #isGoing = false

  // Lifecycle

  connectedCallback() {
    const items = this.querySelector(".messages__items")
    const read = this.#number("read")
    const dress = (article) => decorate(article, { me, clock })
    const { signal } = this.#leaving
    this.room = this.getAttribute("room")
    this.#timeline = new Timeline(items, clock)
    this.#timeline.articles.forEach(dress)
    this.#timeline.drawLineAfter(this.#timeline.endOfRead(read))
    this.#pager = new Pager(this, { items, timeline: this.#timeline, dress, signal })
    this.#bottom = new Bottom(this, { content: items, isAtEnd: () => this.#pager.isAtEnd, signal })
    this.#newest = new NewestButton(this, () => this.toNewest())
    this.#reading = new Reading(read, {
      shown: () => (this.#isMember && this.#bottom.isHeld ? this.#timeline.newest : 0),
      tell: (seq) => this.#say("messages-seen", { seq }),
      send: (seq) => socket.command("read", { room: this.room, seq }),
    })
    this.#unsent = new Unsent(this.room, { outbox, timeline: this.#timeline, make: (item) => dress(pendingArticle(item, me)) })
    this.#feed = new Feed(socket, { room: this.room, revision: this.#number("revision") })
    this.#listen(signal)
    this.#begin(this.#timeline.at(this.getAttribute("target")))
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  #listen(signal) {
    const hear = (target, type, react) => target.addEventListener(type, ({ detail }) => react(detail), { signal })
    hear(this.#feed, "message", (frame) => (this.#isShownOut(frame) ? this.#goHome() : this.upsert(frame)))
    hear(this.#feed, "draft", (frame) => this.#draft(frame))
    hear(this.#feed, "reset", () => this.#reload())
    hear(this.#feed, "gone", () => this.#goHome())
    hear(window, "beforeunload", () => (this.#isGoing = true))
    hear(this.#pager, "page", (held) => held.forEach((frame) => this.upsert(frame)))
    hear(socket, "up", () => this.#reading.note())
    hear(socket, "read", ({ room, seq }) => room === this.room && this.#reading.reach(seq))
    hear(outbox, "pending", ({ item }) => item.room === this.room && this.toNewest())
    hear(this.#bottom, "change", () => this.#moved())
    hear(document, "day-begins", () => this.#timeline.settle())
    listenForActions(this, { signal, more: this.#unsent.actions })
    listenForKeys(this, this.#timeline, { signal, toNewest: () => this.toNewest() })
    this.#reading.start(signal)
    if (this.#isMember) this.#unsent.start(signal)
    this.#feed.start(signal)
  }

  /** Whoever has pressed "Leave" is on the way already, to a page that says so. What is unsent goes along. */
  async #goHome() {
    if (this.#isGoing) return
    this.#isGoing = true
    this.#say("room-gone")
    await outbox.kept
    location.assign("/?gone")
  }

  #isShownOut({ leaver }) {
    return leaver === me.id || (leaver === "strangers" && !this.#isMember)
  }

  /** At the message that a permalink names, else at the newest. */
  #begin(target) {
    if (target) this.show(target)
    else this.#bottom.hold()
  }

  // Frames

  /** Shows a message as it is now: in place of what was there, or where its seq belongs. */
  upsert(frame) {
    if (!this.#pager.covers(frame.seq)) return this.#leaveOut(frame)
    const old = this.#timeline.find(frame.id) ?? this.#timeline.findUnsent(frame.client_id)
    if (Number(old?.dataset.revision) >= frame.revision) return
    const article = decorate(parseOne(frame.html), { me, clock })
    if (old) this.#timeline.replace(old, keepLonger(old, article))
    else this.#append(article)
    this.#reading.note()
  }

  #append(article) {
    const isNews = article.dataset.author !== me.id && !article.matches(".message--event")
    if (isNews && this.#reading.endAbsence()) this.#timeline.drawLineAfter(this.#timeline.newest)
    this.#timeline.place(article)
    if (this.#bottom.isHeld) this.#pager.trim()
    else this.#newest.countOne()
    this.#say("message-arrived", { author: article.dataset.author })
  }

  #draft(frame) {
    const article = this.#timeline.find(frame.message)
    if (article && write(article, frame) === "gap") this.#feed.openSoon()
  }

  // Ways through the log

  show = (article) => this.#bottom.show(article)

  toNewest() {
    if (this.#pager.isAtEnd) this.#bottom.hold()
    else this.#reload()
  }

  /** Too much was missed, or too much lies between. */
  async #reload() {
    if (!(await this.#pager.loadNewest())) return this.#feed.openSoon(RETRY)
    if (this.#isMember) this.#unsent.showAll()
    this.#bottom.hold()
    this.#feed.restart(this.#number("revision"))
  }

  /** It is not in the part of the log that is shown. */
  #leaveOut(frame) {
    this.#pager.hold(frame)
    if (frame.seq > this.#timeline.newest) this.#newest.countOne()
  }

  #moved() {
    this.#newest.toggle(!this.#bottom.isHeld)
    this.#reading.note()
  }

  // Internal

  /** Others only look in. */
  get #isMember() {
    return Boolean(this.dataset.role)
  }

  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail: { room: this.room, ...detail }, bubbles: true }))
  }

  #number(name) {
    return Number(this.getAttribute(name)) || 0
  }
}

customElements.define("message-list", MessageList)
