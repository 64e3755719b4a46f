/** Pages and forms of our own origin. */
import { meta, parse } from "./dom.js"

/** A server-rendered piece of page. Throws when the server refuses or cannot be reached. */
export async function fragment(url, { signal } = {}) {
  const response = await fetch(url, { signal, headers: { "X-Requested-With": "fetch" } })
  if (!response.ok || response.redirected) throw new Error(`${response.status} for ${url}`)
  return parse(await response.text())
}

/** Sends a form as the browser would, without leaving the page. A refusal's message is a sentence for people. */
export async function submit(form, button = null) {
  const response = await fetch(form.getAttribute("action"), {
    method: "POST",
    body: new FormData(form, button),
    headers: { "X-CSRFToken": meta("csrf"), "X-Requested-With": "fetch" },
  })
  if (response.ok) return
  const isForPeople = response.headers.get("content-type")?.startsWith("text/plain")
  throw new Error(isForPeople ? await response.text() : "That did not work. Try again in a moment.")
}
