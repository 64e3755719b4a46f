/**
 * Who is in a room. The frames that tell of it may overtake each other; each says as of when it speaks, and the
 * newest word on a person counts.
 *
 * @typedef {import("./people.js").Person} Person
 */
export class Presence {
  /** @type {Person[]} */
  people = []
  #since = 0
  #changes = new Map()

  /** All who were here at that time. Who has come or gone since has done so. */
  begin({ users, at }) {
    this.people = users
    this.#since = at
    this.#changes = new Map([...this.#changes].filter(([, change]) => change.at > at))
    for (const [id, { person }] of this.#changes) this.#put(id, person)
  }

  /** @param {Person | null} person null for who has gone */
  change(id, person, at) {
    if (at <= (this.#changes.get(id)?.at ?? this.#since)) return
    this.#changes.set(id, { person, at })
    this.#put(id, person)
  }

  // Internal

  #put(id, person) {
    const others = this.people.filter((one) => one.id !== id)
    this.people = person ? [person, ...others] : others
  }
}
