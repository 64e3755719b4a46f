/** Walking through the log by keyboard. */

const STEPS = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1 }
const isPlain = ({ altKey, ctrlKey, metaKey, shiftKey }) => !(altKey || ctrlKey || metaKey || shiftKey)

/**
 * @param {HTMLElement} list
 * @param {import("./timeline.js").Timeline} timeline
 * @param {{toNewest: () => void, signal: AbortSignal}} ways
 */
export function listenForKeys(list, timeline, { toNewest, signal }) {
  const act = (event) => {
    if (!isPlain(event)) return false
    if (event.key === "End") return toNewest(), true
    if (event.key === "Escape") return document.querySelector("message-composer")?.focus(), true
    return event.key in STEPS && walk(list, timeline, event)
  }
  list.addEventListener("keydown", (event) => act(event) && event.preventDefault(), { signal })
}

// Internal

/** From the list itself, upwards begins at the newest; from within a message's buttons the keys are theirs. */
function walk(list, timeline, { key, target }) {
  const article = target.closest("article")
  if (target !== list && target !== article) return false
  const next = article ? step(timeline, article, STEPS[key]) : timeline.last
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
  return true
}

function step(timeline, article, direction) {
  return direction < 0 ? timeline.before(article) : timeline.after(article)
}
