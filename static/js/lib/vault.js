/**
 * Where unsent messages outlive the page: IndexedDB, encrypted under a key that the server gives to this session
 * alone. After signing out nobody can read what is left, and the next session throws it away.
 *
 * Memory is the truth of this tab; the database follows. Where the browser lends no keys (plain http on another
 * host than this one) memory is all there is.
 */
import { uuid } from "./uuid.js"

const DATABASE = "roundtable"
const TABLE = "outbox"

export class Vault {
  #items = new Map()
  #key = null
  #tab = `outbox-${uuid()}`
  #last = Promise.resolve()

  /** Whether what it holds will be there after a reload. */
  get isLasting() {
    return this.#key !== null
  }

  /** @returns {Promise<void>} settled when what it holds now has been written */
  get written() {
    return this.#last
  }

  all() {
    return [...this.#items.values()]
  }

  put(item) {
    this.#items.set(item.client_id, item)
    this.#later(() => this.#write(item))
  }

  delete(id) {
    this.#items.delete(id)
    this.#later(() => inTable("readwrite", (table) => table.delete(id)))
  }

  /**
   * @param {string} hex the session's key
   * @returns {Promise<object[]>} what pages that are gone have left unsent, in the order of writing
   */
  async unlock(hex) {
    if (this.#key || !globalThis.isSecureContext) return []
    const bytes = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16))
    this.#key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"])
    // Held for as long as this tab lives, so that others leave its messages to it.
    navigator.locks.request(this.#tab, () => new Promise(() => {}))
    for (const item of this.all()) this.put(item)
    return this.#adopt()
  }

  // Internal

  /** One after the other, so that the last word on an item is the last one written. A full disk loses only the copy. */
  #later(job) {
    if (this.#key) this.#last = this.#last.then(job).catch((error) => console.warn("Unsent messages are not kept:", error))
  }

  async #write(item) {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const plain = new TextEncoder().encode(JSON.stringify(item))
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.#key, plain)
    await inTable("readwrite", (table) => table.put({ id: item.client_id, tab: this.#tab, iv, sealed }))
  }

  async #adopt() {
    const records = await inTable("readonly", (table) => table.getAll())
    const living = new Set((await navigator.locks.query()).held.map(({ name }) => name))
    const orphans = records.filter(({ tab }) => !living.has(tab))
    const items = await Promise.all(orphans.map((record) => this.#open(record)))
    const readable = items.filter(Boolean).sort((one, other) => one.at.localeCompare(other.at))
    for (const item of readable) this.put(item)
    return readable
  }

  /** What another session wrote cannot be read any more, and goes. */
  async #open({ id, iv, sealed }) {
    try {
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.#key, sealed)
      return JSON.parse(new TextDecoder().decode(plain))
    } catch {
      this.delete(id)
      return null
    }
  }
}

let database = null

function open() {
  database ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "id" })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  return database
}

async function inTable(mode, act) {
  const table = (await open()).transaction(TABLE, mode).objectStore(TABLE)
  return new Promise((resolve, reject) => {
    const request = act(table)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
