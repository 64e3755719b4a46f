/**
 * Text not sent yet. It is kept by the server and follows its writer from device to device; what has not got there
 * yet is kept by the tab, so that no reload and no dead line loses a word.
 *
 * Events, each with `text`: `elsewhere` (another device wrote, and nothing here is newer), `displaced` (another
 * device had written while we did; ours stands now, and this was theirs).
 */
import { isForLater, waitFor } from "./refusals.js"

const PREFIX = "unsent-text:"
const CALM = 600
const RETRY = 2_000

export class Notepad extends EventTarget {
  #socket
  #room
  #key
  #version
  #text
  #timer = null
  #isSaving = false
  #restUntil = 0

  /**
   * @param {import("../socket.js").Socket} socket
   * @param {{person: string, room: string, version: number, text: string}} page what the page was rendered with
   */
  constructor(socket, { person, room, version, text }) {
    super()
    this.#socket = socket
    this.#room = room
    this.#key = `${PREFIX}${person}:${room}`
    this.#version = version
    this.#text = text
  }

  /** @param {AbortSignal} signal ends it */
  start(signal) {
    const hear = (type, react) => this.#socket.addEventListener(type, ({ detail }) => react(detail), { signal })
    hear("up", () => this.#save())
    hear("note", (note) => note.room === this.#room && this.#receive(note))
    addEventListener("pagehide", () => this.#save(), { signal })
    this.#save()
  }

  /** What the field shall show at first: what this tab has not handed over yet, or what the server knows. */
  get text() {
    return this.#own?.text ?? this.#text
  }

  write(text) {
    if (text === this.text) return
    sessionStorage.setItem(this.#key, JSON.stringify({ text, base: this.#own?.base ?? this.#version }))
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#save(), Math.max(text ? CALM : 0, this.#restUntil - Date.now()))
  }

  /** After signing out nothing readable stays: all of it goes, or all but one person's. */
  static clear({ butOf } = {}) {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(PREFIX) && !(butOf && key.startsWith(`${PREFIX}${butOf}:`))) sessionStorage.removeItem(key)
    }
  }

  // Internal

  /** What the server has not confirmed, and the version that it was written on. */
  get #own() {
    return JSON.parse(sessionStorage.getItem(this.#key))
  }

  async #save() {
    const own = this.#own
    if (!own || this.#isSaving || !this.#socket.isUp) return
    this.#isSaving = true
    const note = { room: this.#room, body: own.text, base: own.base }
    const answer = await this.#socket.command("note", note).catch((error) => ({ error }))
    this.#isSaving = false
    if (!answer.error) this.#kept(own, answer)
    else if (isForLater(answer.error)) this.#saveIn(waitFor(answer.error, RETRY))
  }

  #saveIn(wait) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#save(), wait)
    this.#restUntil = Date.now() + wait
  }

  #kept({ text }, { version, displaced }) {
    this.#settle(text, version)
    if (displaced) this.#emit("displaced", displaced)
  }

  /** Words written while the answer was on its way build on it, and go next. */
  #settle(text, version) {
    const newer = this.#own?.text
    this.#text = text
    this.#version = Math.max(version, this.#version)
    sessionStorage.removeItem(this.#key)
    if (newer !== undefined && newer !== text) this.write(newer)
  }

  #receive({ body, version }) {
    if (version <= this.#version || this.#isSaving) return
    if (this.#own) return
    this.#version = version
    if (body === this.#text) return
    this.#text = body
    this.#emit("elsewhere", body)
  }

  #emit(type, text) {
    this.dispatchEvent(new CustomEvent(type, { detail: { text } }))
  }
}
