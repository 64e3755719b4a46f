/** Writes a half-written answer's new blocks into its article. */
import { kept, verdict } from "./drafts.js"
import { make, parse } from "./dom.js"

const isDrafting = (article) => article.dataset.status === "drafting"
const bodyOf = (article) => article.querySelector(".message__body")

/**
 * @param {HTMLElement} article
 * @param {import("./drafts.js").DraftFrame} frame
 * @returns {"apply" | "ignore" | "gap"}
 */
export function write(article, frame) {
  if (!isDrafting(article)) return "ignore"
  const shown = known(article)
  const answer = verdict(shown, frame)
  if (answer === "apply") show(article, kept(shown, frame), frame)
  return answer
}

/**
 * A message frame may hold less of the answer than the drafts have brought already: then the longer text stays.
 * @returns {HTMLElement} the new article
 */
export function keepLonger(old, article) {
  if (!isDrafting(old) || !isDrafting(article)) return article
  const [before, now] = [known(old), known(article)]
  if (before.attempt !== now.attempt || before.length <= now.length) return article
  bodyOf(article).replaceChildren(...bodyOf(old).childNodes)
  article.dataset.length = old.dataset.length
  return article
}

// Internal

function known(article) {
  const { attempt, length } = article.dataset
  return { attempt: Number(attempt), length: Number(length), blocks: [...bodyOf(article).children] }
}

function show(article, keep, { attempt, length, blocks }) {
  const body = bodyOf(article)
  for (const old of [...body.children].slice(keep)) old.remove()
  body.append(...blocks.map((html) => make("div", { class: "draft-block" }, parse(html))))
  Object.assign(article.dataset, { attempt, length })
}
