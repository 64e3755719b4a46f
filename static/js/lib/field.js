/** A textarea that grows with its text and whose edits can be undone. */

const GROWS_BY_ITSELF = globalThis.CSS?.supports("field-sizing", "content")

export class Field {
  /** @param {HTMLTextAreaElement} area */
  constructor(area) {
    this.area = area
    area.addEventListener("input", () => this.#grow())
  }

  get value() {
    return this.area.value
  }

  /** @returns {import("./markdown.js").Text} */
  get text() {
    return { value: this.area.value, start: this.area.selectionStart, end: this.area.selectionEnd }
  }

  /** Where one is writing, null while something is selected. */
  get caret() {
    return this.area.selectionStart === this.area.selectionEnd ? this.area.selectionStart : null
  }

  // Actions

  focus() {
    this.area.focus()
  }

  set(value) {
    this.area.value = value
    this.area.setSelectionRange(value.length, value.length)
    this.area.dispatchEvent(new Event("input", { bubbles: true }))
  }

  /** As if it were typed: the only way that a browser's own undo takes back. @param {import("./markdown.js").Edit} edit */
  apply({ from, to, insert, start, end }) {
    this.area.focus()
    this.area.setSelectionRange(from, to)
    const wasTyped = insert ? document.execCommand("insertText", false, insert) : document.execCommand("delete")
    if (!wasTyped) this.#put(insert, from, to)
    this.area.setSelectionRange(start, end)
  }

  insert(words) {
    const { start, end } = this.text
    const caret = start + words.length
    this.apply({ from: start, to: end, insert: words, start: caret, end: caret })
  }

  // Internal

  #put(insert, from, to) {
    this.area.setRangeText(insert, from, to, "end")
    this.area.dispatchEvent(new Event("input", { bubbles: true }))
  }

  /** Its greatest height is the style sheet's. */
  #grow() {
    if (GROWS_BY_ITSELF) return
    this.area.style.blockSize = "auto"
    this.area.style.blockSize = `${this.area.scrollHeight}px`
  }
}
