/**
 * Everything written here that the server has not answered yet: in order, one at a time for each room, and
 * again under the same client_id until there is an answer, so that nothing is lost and nothing is said twice.
 * It survives a reload, not a sign-out.
 *
 * Events, each with the item: `pending` (new, or tried again), `waiting` (the server wants a pause), `failed`
 * (with `error`), `sent` (with the server's `answer`), `refused` (the text itself was: a composer that takes it back
 * prevents the default, which is that it has failed), `removed`.
 *
 * @typedef {{client_id: string, room: string, name: string, body: string, reply_to?: string, at: string,
 *            state: "pending" | "failed", error?: string}} Item `name`: the room's, for whoever cannot see it any more
 */
import { Backoff } from "./lib/backoff.js"
import { explain, isAboutTheText, isForLater, isLost, waitFor } from "./lib/refusals.js"
import { uuid } from "./lib/uuid.js"
import { Vault } from "./lib/vault.js"

export class Outbox extends EventTarget {
  #socket
  #store
  #sending = new Set()
  #backoff = new Backoff({ first: 1_000 })

  constructor(socket, store = new Vault()) {
    super()
    this.#socket = socket
    this.#store = store
    socket.addEventListener("up", () => this.#pump())
    socket.addEventListener("hello", ({ detail }) => this.#restore(detail.vault))
    addEventListener("beforeunload", (event) => this.#warn(event))
  }

  get isEmpty() {
    return this.#store.all().length === 0
  }

  /** @returns {Item[]} in the order of writing */
  of(room) {
    return this.#store.all().filter((item) => item.room === room)
  }

  /** @returns {Item[]} what could not be sent to any room but this one */
  failedBeside(room) {
    return this.#store.all().filter((item) => item.room !== room && item.state === "failed")
  }

  /** @returns {Promise<void>} until all of it would survive the page, where the browser lets it */
  get kept() {
    return this.#store.written
  }

  // Actions

  /** @returns {Item} */
  add({ room, name, body, reply_to }) {
    const item = { client_id: uuid(), room, name, body, reply_to, at: new Date().toISOString(), state: "pending" }
    this.#store.put(item)
    this.#emit("pending", item)
    this.#pumpRoom(room)
    return item
  }

  /** Text that can be sent no more, and shall not be lost for that. */
  keep({ room, name, body, error }) {
    const item = { client_id: uuid(), room, name, body, at: new Date().toISOString(), state: "failed", error }
    this.#store.put(item)
    this.#emit("failed", item)
  }

  /** A failed one goes to the end of the line, under its old key. */
  retry(id) {
    const item = this.#item(id)
    if (item?.state !== "failed") return
    this.#store.delete(id)
    const again = { ...item, state: "pending", error: undefined }
    this.#store.put(again)
    this.#emit("pending", again)
    this.#pumpRoom(item.room)
  }

  remove(id) {
    const item = this.#item(id)
    if (item) this.#drop("removed", item)
  }

  // Internal

  /** What earlier pages of this session could not send. */
  async #restore(key) {
    for (const item of await this.#store.unlock(key)) this.#emit(item.state, item)
    this.#pump()
  }

  #pump() {
    for (const room of new Set(this.#store.all().map((item) => item.room))) this.#pumpRoom(room)
  }

  async #pumpRoom(room) {
    const item = this.of(room).find(({ state }) => state === "pending")
    if (!item || !this.#socket.isUp || this.#sending.has(room)) return
    this.#sending.add(room)
    const wait = await this.#send(item)
    if (wait) await new Promise((resolve) => setTimeout(resolve, wait))
    this.#sending.delete(room)
    this.#pumpRoom(room)
  }

  /** @returns {Promise<number>} milliseconds to wait before the next one */
  async #send(item) {
    const { client_id, room, body, reply_to } = item
    try {
      const answer = await this.#socket.command("post", { client_id, room, body, ...(reply_to && { reply_to }) })
      this.#backoff.reset()
      this.#drop("sent", item, { answer })
      return 0
    } catch (error) {
      return this.#take(error, item)
    }
  }

  /** @returns {number} milliseconds to wait before the next one */
  #take(error, item) {
    if (isLost(error)) return this.#socket.isUp ? this.#backoff.next() : 0
    if (isForLater(error)) {
      const wait = waitFor(error, this.#backoff.next())
      this.#emit("waiting", item, { wait, error })
      return wait
    }
    const isTakenBack = isAboutTheText(error) && !this.#emit("refused", item, { error })
    if (isTakenBack) this.#drop("removed", item)
    else this.#fail(item, error)
    return 0
  }

  #fail(item, error) {
    const failed = { ...item, state: "failed", error: explain(error) }
    this.#store.put(failed)
    this.#emit("failed", failed)
  }

  #drop(event, item, more = {}) {
    this.#store.delete(item.client_id)
    this.#emit(event, item, more)
  }

  #item(id) {
    return this.#store.all().find(({ client_id }) => client_id === id)
  }

  #warn(event) {
    if (!this.isEmpty && !this.#store.isLasting) event.preventDefault()
  }

  /** @returns {boolean} whether nobody prevented the default */
  #emit(type, item, more = {}) {
    return this.dispatchEvent(new CustomEvent(type, { detail: { item, ...more }, cancelable: true }))
  }
}
