/** Text not sent yet, kept per room and person for as long as the tab lives. */

const PREFIX = "unsent-text:"

export class Notepad {
  #key

  /** @param {{person: string, room: string}} whose */
  constructor({ person, room }) {
    this.#key = `${PREFIX}${person}:${room}`
  }

  read() {
    return sessionStorage.getItem(this.#key) ?? ""
  }

  write(text) {
    if (text) sessionStorage.setItem(this.#key, text)
    else sessionStorage.removeItem(this.#key)
  }

  /** After signing out nothing readable stays: all of it goes, or all but one person's. */
  static clear({ butOf } = {}) {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(PREFIX) && !(butOf && key.startsWith(`${PREFIX}${butOf}:`))) sessionStorage.removeItem(key)
    }
  }
}
