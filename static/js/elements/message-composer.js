/** Where one writes. What is sent shows at once and goes to the outbox; what is not stays, whatever happens. */
import "./mention-popup.js"
import { Displaced } from "../lib/displaced.js"
import { Field } from "../lib/field.js"
import { continueList, format } from "../lib/markdown.js"
import { Notepad } from "../lib/notepad.js"
import { hasCommandKey, isFinger } from "../lib/platform.js"
import { explain, explainSize, explainWait, NOT_IN_ROOM } from "../lib/refusals.js"
import { bytesOf, showSize } from "../lib/size.js"
import { me, outbox, socket } from "../live.js"

const TYPING_EVERY = 3_000
const WORTH_SAYING = 1_500
const SHORTCUTS = { b: "bold", i: "italic", e: "code" }
const SHIFT_SHORTCUTS = { u: "link", x: "strike" }

class MessageComposer extends HTMLElement {
  #leaving = new AbortController()
  #field
  #popup
  #notepad
  #displaced
  #limit = 16 * 1024
  #replyTo = null
  #typedAt = 0

  // Lifecycle

  connectedCallback() {
    this.room = this.getAttribute("room")
    this.#field = new Field(this.querySelector("textarea"))
    this.#popup = document.createElement("mention-popup")
    this.querySelector("form").append(this.#popup)
    this.#popup.attach(this.#field)
    const page = { person: me.id, room: this.room, version: Number(this.getAttribute("version")), text: this.#field.value }
    this.#notepad = new Notepad(socket, page)
    this.#displaced = new Displaced(this.querySelector(".composer__displaced"), (text) => this.#field.insert(text))
    this.#listen(this.#leaving.signal)
    this.#begin()
  }

  disconnectedCallback() {
    this.#leaving.abort()
  }

  /** With what was not sent the last time. Taking it up again is not typing. */
  #begin() {
    this.#fill(this.#notepad.text)
    this.#notepad.start(this.#leaving.signal)
    if (isFinger()) this.#field.area.enterKeyHint = "enter"
    else if (document.activeElement === document.body) this.focus()
  }

  /** Nobody is typing. */
  #fill(text) {
    this.#typedAt = Infinity
    if (text !== this.#field.value) this.#field.set(text)
    this.#typedAt = 0
  }

  #listen(signal) {
    const hear = (target, type, react) => target.addEventListener(type, react, { signal })
    const hearOutbox = (type, react) => hear(outbox, type, (event) => event.detail.item.room === this.room && react(event))
    hear(this, "submit", (event) => this.#submit(event))
    hear(this, "keydown", (event) => this.#press(event))
    hear(this, "input", () => this.#changed())
    hear(this, "click", ({ target }) => this.#click(target.closest("button")))
    hear(document, "reply", ({ detail }) => this.replyTo(detail))
    hear(document, "room-gone", () => this.#handOver())
    hear(socket, "hello", ({ detail }) => (this.#limit = detail.limits.body))
    hear(this.#notepad, "elsewhere", ({ detail }) => this.#fill(detail.text))
    hear(this.#notepad, "displaced", ({ detail }) => this.#displaced.show(detail.text))
    hearOutbox("refused", (event) => this.#takeBack(event))
    hearOutbox("waiting", ({ detail }) => this.#explainWait(detail.error, detail.wait))
    hearOutbox("sent", () => this.#sent())
  }

  // Actions

  focus() {
    this.#field.focus()
  }

  /** @param {{id: string, name: string, text: string} | null} quote null for no reply */
  replyTo(quote) {
    this.#replyTo = quote?.id ?? null
    this.querySelector(".composer__reply").hidden = !quote
    this.querySelector("[data-reply-author]").textContent = quote ? `${quote.name}:` : ""
    this.querySelector("[data-reply-text]").textContent = quote?.text ?? ""
    this.focus()
  }

  #submit(event) {
    event.preventDefault()
    const body = this.#body
    const size = bytesOf(body)
    if (!body.trim()) return this.focus()
    if (size > this.#limit) return this.#complain(explainSize(size, this.#limit))
    outbox.add({ ...this.#place, body, reply_to: this.#replyTo ?? undefined })
    this.#field.set("")
    this.replyTo(null)
    return this.#complain("")
  }

  /** Whoever is not in the room any more keeps what they were writing. */
  #handOver() {
    if (this.#body.trim()) outbox.keep({ ...this.#place, body: this.#body, error: NOT_IN_ROOM })
  }

  // Internal: writing

  get #body() {
    return this.#field.value.replace(/^(\s*\n)+/, "").trimEnd()
  }

  get #place() {
    return { room: this.room, name: this.getAttribute("name") }
  }

  #press(event) {
    if (event.isComposing || event.keyCode === 229 || event.target !== this.#field.area) return
    if (this.#popup.take(event) || this.#act(event)) event.preventDefault()
  }

  /** @returns {boolean} whether the key meant something */
  #act(event) {
    const { key, shiftKey } = event
    const kind = hasCommandKey(event) && (shiftKey ? SHIFT_SHORTCUTS : SHORTCUTS)[key.toLowerCase()]
    if (kind) return this.#field.apply(format(kind, this.#field.text)), true
    if (key === "Escape" && this.#replyTo) return this.replyTo(null), true
    if (key !== "Enter") return false
    if (shiftKey || (isFinger() && !hasCommandKey(event))) return this.#breakLine()
    return this.querySelector("form").requestSubmit(), true
  }

  #breakLine() {
    const edit = continueList(this.#field.text)
    if (edit) this.#field.apply(edit)
    return Boolean(edit)
  }

  #click(button) {
    const { format: kind, insert, action } = button?.dataset ?? {}
    if (kind) this.#field.apply(format(kind, this.#field.text))
    if (insert) this.#field.insert(insert)
    if (action === "cancel-reply") this.replyTo(null)
  }

  #changed() {
    const text = this.#field.value
    this.#notepad.write(text)
    if (showSize(this.querySelector(".composer__hint"), text, this.#limit)) this.#complain("")
    if (!text || Date.now() - this.#typedAt < TYPING_EVERY) return
    this.#typedAt = Date.now()
    socket.hint("typing", { room: this.room })
  }

  // Internal: what is said about it

  #takeBack(event) {
    const { item, error } = event.detail
    event.preventDefault()
    this.#field.set([item.body, this.#field.value].filter(Boolean).join("\n\n"))
    this.#complain(explain(error))
  }

  /** The text is safe and goes out by itself: a word, not an alarm. */
  #explainWait(error, wait) {
    if (error.code === "rate_limited" || wait > WORTH_SAYING) this.#say(explainWait(error, wait), "composer__wait")
  }

  /** While others wait their turn, what was said about that still holds. */
  #sent() {
    this.#say("", "composer__error")
    if (!outbox.of(this.room).some(({ state }) => state === "pending")) this.#say("", "composer__wait")
  }

  #complain(words) {
    this.#say(words, "composer__error")
  }

  #say(words, place) {
    const line = this.querySelector(`.${place}`)
    line.hidden = !words
    if (line.textContent !== words) line.textContent = words
  }
}

customElements.define("message-composer", MessageComposer)
