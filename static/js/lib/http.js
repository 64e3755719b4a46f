/** Pages and forms of our own origin. */
import { meta, parse } from "./dom.js"

/** A server-rendered piece of page. Throws when the server refuses or cannot be reached. */
export async function fragment(url, { signal } = {}) {
  const response = await fetch(url, { signal, headers: { "X-Requested-With": "fetch" } })
  if (!response.ok || response.redirected) throw new Error(`${response.status} for ${url}`)
  return parse(await response.text())
}

/** Sends a form as the browser would, without leaving the page. */
export async function submit(form, button = null) {
  const response = await fetch(form.getAttribute("action"), {
    method: "POST",
    body: new FormData(form, button),
    headers: { "X-CSRFToken": meta("csrf"), "X-Requested-With": "fetch" },
  })
  if (!response.ok) throw new Error(`${response.status} for ${form.getAttribute("action")}`)
}
