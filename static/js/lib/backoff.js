/** How long to wait before the next attempt: full jitter under a ceiling that doubles, until calm returns. */
export class Backoff {
  #attempt = 0
  #first
  #most
  #random

  constructor({ first = 500, most = 30_000, random = Math.random } = {}) {
    this.#first = first
    this.#most = most
    this.#random = random
  }

  /** @returns {number} milliseconds */
  next() {
    const ceiling = Math.min(this.#most, this.#first * 2 ** this.#attempt++)
    return this.#random() * ceiling
  }

  reset() {
    this.#attempt = 0
  }
}
