/** A message of one's own before the server has it: the page's own template, with text in it and nothing else. */
import { make } from "./dom.js"

/**
 * @param {import("../outbox.js").Item} item
 * @param {{id: string}} me
 */
export function pendingArticle({ client_id, body, at }, me) {
  const article = document.querySelector("template#pending-message").content.querySelector("article").cloneNode(true)
  const [author, time] = [article.querySelector(".message__meta b"), article.querySelector("time")]
  Object.assign(article.dataset, { clientId: client_id, author: me.id, at, revision: 0 })
  author.id = `author-${client_id}`
  time.id = `time-${client_id}`
  time.dateTime = at
  article.setAttribute("aria-labelledby", `${author.id} ${time.id}`)
  article.querySelector(".message__body").replaceChildren(paragraph(body))
  return article
}

/** @param {import("../outbox.js").Item} item */
export function markState(article, { state, error }) {
  article.classList.toggle("message--pending", state === "pending")
  article.classList.toggle("message--failed", state === "failed")
  if (error) article.querySelector("[data-reason]").textContent = error
}

/** The server has it: it is a message now, though its final form is still to come. */
export function markSent(article, { id, seq }) {
  article.classList.remove("message--pending", "message--failed")
  Object.assign(article.dataset, { id, seq })
  article.id = `message-${id}`
}

// Internal

function paragraph(body) {
  const lines = body.split("\n").flatMap((line, index) => (index ? [make("br"), line] : [line]))
  return make("p", {}, ...lines)
}
