/** What one had written on another device, and has just written over: shown once, to be taken back or let go. */
export class Displaced {
  #line

  /**
   * @param {HTMLElement} line
   * @param {(text: string) => void} insert
   */
  constructor(line, insert) {
    this.#line = line
    line.querySelector("[data-action='take-displaced']").addEventListener("click", () => this.#end(insert))
    line.querySelector("[data-action='drop-displaced']").addEventListener("click", () => this.#end(() => {}))
  }

  show(text) {
    this.#line.querySelector("q").textContent = text
    this.#line.hidden = false
  }

  #end(act) {
    act(this.#line.querySelector("q").textContent)
    this.#line.hidden = true
  }
}
