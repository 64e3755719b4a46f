/** The members that an @ may mean, over the composer: a listbox, while the focus stays in the field. */
import { make } from "../lib/dom.js"
import { begunAt, matching } from "../lib/mentions.js"
import { face, members } from "../lib/people.js"
import { me } from "../live.js"

class MentionPopup extends HTMLElement {
  #field
  #from = 0
  #found = []
  #index = 0

  // Lifecycle

  /** @param {import("../lib/field.js").Field} field */
  attach(field) {
    this.#field = field
    this.id = "mention-popup"
    this.className = "suggestions"
    this.hidden = true
    this.setAttribute("role", "listbox")
    this.setAttribute("aria-label", "Members")
    field.area.setAttribute("aria-controls", this.id)
    field.area.setAttribute("aria-autocomplete", "list")
    for (const type of ["input", "click"]) field.area.addEventListener(type, () => this.#look())
    field.area.addEventListener("blur", () => this.close())
    this.addEventListener("pointerdown", (event) => this.#press(event))
  }

  // Actions

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was meant for the popup */
  take({ key, shiftKey }) {
    if (this.hidden) return false
    const steps = { ArrowDown: 1, ArrowUp: -1 }
    if (key in steps) this.#select((this.#index + steps[key] + this.#found.length) % this.#found.length)
    else if ((key === "Enter" && !shiftKey) || key === "Tab") this.#choose(this.#index)
    else if (key === "Escape") this.close()
    else return false
    return true
  }

  close() {
    this.hidden = true
    this.#field.area.removeAttribute("aria-activedescendant")
  }

  // Internal

  #look() {
    const begun = this.#field.caret === null ? null : begunAt(this.#field.value, this.#field.caret)
    this.#found = begun ? matching(members().filter(({ id }) => id !== me.id), begun.query) : []
    if (this.#found.length === 0) return this.close()
    this.#from = begun.from
    this.replaceChildren(...this.#found.map((member, index) => this.#option(member, index)))
    this.hidden = false
    this.#select(0)
  }

  #option(member, index) {
    const attributes = { id: `mention-option-${index}`, class: "suggestions__option", role: "option" }
    const name = make("span", { class: "clip", dir: "auto" }, member.name)
    return make("div", attributes, face(member), name, make("small", {}, `@${member.handle}`))
  }

  #select(index) {
    this.#index = index
    const options = [...this.children]
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === index)))
    options[index].scrollIntoView({ block: "nearest" })
    this.#field.area.setAttribute("aria-activedescendant", options[index].id)
  }

  #choose(index) {
    const insert = `@${this.#found[index].handle} `
    const caret = this.#from + insert.length
    this.#field.apply({ from: this.#from, to: this.#field.caret, insert, start: caret, end: caret })
    this.close()
  }

  /** Before the field loses the focus. */
  #press(event) {
    const option = event.target.closest("[role=option]")
    event.preventDefault()
    if (option) this.#choose([...this.children].indexOf(option))
  }
}

customElements.define("mention-popup", MentionPopup)
