/** What the same HTML for everybody lacks: whose it is, whom it means, and the time where the reader is. */
import { make } from "./dom.js"

/**
 * @param {HTMLElement} article
 * @param {{me: {id: string}, clock: import("./format.js").Clock}} viewer
 * @returns {HTMLElement} the same
 */
export function decorate(article, { me, clock }) {
  const { author, mentions = "", asker } = article.dataset
  const isMine = author === me.id
  article.classList.toggle("message--mine", isMine)
  article.classList.toggle("message--mentions-me", !isMine && mentions.split(" ").includes(me.id))
  article.classList.toggle("message--asked-by-me", asker === me.id)
  if (isMine || isBeingWritten(article)) hush(article)
  writeTimes(article, clock)
  for (const mention of article.querySelectorAll(`.mention[data-user="${me.id}"]`)) mention.classList.add("mention--me")
  for (const code of article.querySelectorAll("pre.code")) offerCopy(code)
  return article
}

export const isBeingWritten = (article) => article.dataset.status === "drafting"

// Internal

/** The log reads new messages aloud: not one's own, and an answer only once it is whole. */
function hush(article) {
  article.setAttribute("aria-live", "off")
}

function writeTimes(article, clock) {
  for (const time of article.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime)
    time.textContent = clock.time(date)
    time.title = clock.full(date)
  }
}

function offerCopy(code) {
  if (code.querySelector(".code__copy")) return
  const icon = document.querySelector("template#copy-icon")?.content.cloneNode(true) ?? "Copy"
  const label = { type: "button", "aria-label": "Copy code", title: "Copy code" }
  code.prepend(make("button", { class: "code__copy", "data-action": "copy-code", ...label }, icon))
}
