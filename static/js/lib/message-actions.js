/** What the buttons on a message do. */
import { copyText } from "./clipboard.js"
import { make } from "./dom.js"
import { submit } from "./http.js"

const DONE = 1_600

const ACTIONS = {
  reply: ({ list, article }) => list.dispatchEvent(new CustomEvent("reply", { bubbles: true, detail: quote(article) })),
  more: ({ article }) => article.classList.toggle("message--open"),
  "copy-text": ({ article, button }) => copy(article.querySelector(".message__body").innerText.trim(), button),
  "copy-link": ({ button }) => copy(new URL(button.dataset.href, location.href).href, button),
  "copy-code": ({ button }) => copy(button.closest("pre").querySelector("code").textContent, button),
}

/**
 * @param {HTMLElement} list
 * @param {{signal: AbortSignal, more: Record<string, (clicked: {list: HTMLElement, article: HTMLElement, button: HTMLElement}) => void>}} options
 */
export function listenForActions(list, { signal, more }) {
  const actions = { ...ACTIONS, ...more }
  const act = (event) => {
    const [button, link] = [event.target.closest("button[data-action]"), event.target.closest("a")]
    if (button) actions[button.dataset.action]?.({ list, button, article: button.closest("article") })
    else if (link) stayHere(event, list, link)
  }
  list.addEventListener("click", act, { signal })
  list.addEventListener("submit", send, { signal })
}

// Internal

function quote(article) {
  const name = article.querySelector(".message__meta b")?.textContent.trim() ?? ""
  const text = article.querySelector(".message__body").innerText.trim().split("\n")[0]
  return { id: article.dataset.id, name, text }
}

/** A link to a message that is on the page already leads there without loading anything. */
function stayHere(event, list, link) {
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey)
  const shown = list.querySelector(`a.message__time[href="${CSS.escape(link.getAttribute("href"))}"]`)?.closest("article")
  if (!shown || !isPlain || shown.contains(link)) return
  event.preventDefault()
  list.show(shown)
}

/** The button says so itself; its label is what assistive technology reads. */
async function copy(text, button) {
  await copyText(text)
  const label = button.getAttribute("aria-label")
  if (label === "Copied") return
  for (const name of ["aria-label", "title"]) button.setAttribute(name, "Copied")
  setTimeout(() => ["aria-label", "title"].forEach((name) => button.setAttribute(name, label)), DONE)
}

/** Stop and Retry: forms in everybody's HTML, so without a token of their own. What they change comes back as a frame. */
async function send(event) {
  const { target: form, submitter: button } = event
  event.preventDefault()
  button.disabled = true
  try {
    await submit(form, button)
  } catch (refusal) {
    button.disabled = false
    explain(form, refusal.message)
  }
}

function explain(form, words) {
  const line = form.parentElement.querySelector("[role='status']") ?? form.parentElement.appendChild(make("span", { role: "status" }))
  line.textContent = words
}
