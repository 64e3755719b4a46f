/** Copies text, also where the site is reached over plain http and browsers lend no clipboard. */
import { make } from "./dom.js"

/** @param {string} text */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const focused = document.activeElement
  const area = make("textarea", { class: "visually-hidden", readonly: "" }, text)
  document.body.append(area)
  area.select()
  document.execCommand("copy")
  area.remove()
  focused?.focus()
}
