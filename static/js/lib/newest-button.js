/** "Jump to newest", for a reader who is further up, with the number of messages that came meanwhile. */

export class NewestButton {
  #button
  #words
  #count = 0

  /** @param {HTMLElement} list @param {() => void} jump */
  constructor(list, jump) {
    this.#button = list.querySelector(".messages__newest")
    this.#words = this.#button.firstChild
    this.#button.addEventListener("click", jump)
  }

  toggle(isShown) {
    this.#button.hidden = !isShown
    if (!isShown) this.#count = 0
    this.#write()
  }

  countOne() {
    this.#count++
    this.#write()
  }

  // Internal

  #write() {
    const some = this.#count === 1 ? "1 new message" : `${this.#count} new messages`
    this.#words.textContent = this.#count ? some : "Jump to newest"
  }
}
