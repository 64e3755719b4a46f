/**
 * Markdown at the caret: what a key or a button of the composer does to the text.
 * @typedef {{value: string, start: number, end: number}} Text with its selection
 * @typedef {{from: number, to: number, insert: string, start: number, end: number}} Edit
 *   puts `insert` in place of from..to, and selects start..end afterwards
 */

const AROUND = { bold: "**", italic: "*", code: "`", strike: "~~" }
const BEFORE = { list: "- ", quote: "> " }
const MARKER = /^(\s*)(?:([-*+])|(\d+)([.)]))( \[[ x]\])? /

/**
 * @param {"bold" | "italic" | "code" | "strike" | "list" | "quote" | "link"} kind
 * @param {Text} text
 * @returns {Edit}
 */
export function format(kind, text) {
  if (kind === "link") return link(text)
  if (kind in BEFORE) return prefix(BEFORE[kind], text)
  if (kind === "code" && selected(text).includes("\n")) return fence(text)
  return surround(AROUND[kind], text)
}

/**
 * A new line that goes on with the list it is in, or ends it when its item is empty. Null outside of lists.
 * @param {Text} text
 * @returns {Edit | null}
 */
export function continueList({ value, start, end }) {
  const lineStart = value.lastIndexOf("\n", start - 1) + 1
  const marker = MARKER.exec(value.slice(lineStart, start))
  if (!marker || start !== end) return null
  const [whole, indent, bullet, number, dot, box] = marker
  if (lineStart + whole.length === start) return replace(lineStart, start, "")
  return replace(start, end, `\n${indent}${bullet ?? Number(number) + 1 + dot}${box ? " [ ]" : ""} `)
}

// Internal

const selected = ({ value, start, end }) => value.slice(start, end)

function replace(from, to, insert, start = from + insert.length, end = start) {
  return { from, to, insert, start, end }
}

/** Twice is never: what is marked already loses its marks. And whoever writes inside of marks leaves them. */
function surround(mark, { value, start, end }) {
  if (isAtTheEnd(mark, { value, start, end })) return replace(start, start + mark.length, mark)
  const [from, to] = [start - mark.length, end + mark.length]
  const isMarked = from >= 0 && value.slice(from, start) === mark && value.slice(end, to) === mark
  const isOther = mark === "*" && value.slice(from - 1, start) === "**"
  if (isMarked && !isOther) return replace(from, to, value.slice(start, end), from, from + end - start)
  return replace(start, end, mark + value.slice(start, end) + mark, start + mark.length, end + mark.length)
}

/** Whether the caret stands before the mark that ends what was begun on this line. */
function isAtTheEnd(mark, { value, start, end }) {
  const before = value.slice(value.lastIndexOf("\n", start - 1) + 1, start)
  const isOpen = before.split(mark).length % 2 === 0
  return start === end && isOpen && !before.endsWith(mark) && value.startsWith(mark, end)
}

function prefix(mark, { value, start, end }) {
  const from = value.lastIndexOf("\n", start - 1) + 1
  const lines = value.slice(from, end).split("\n")
  const isMarked = lines.every((line) => line.startsWith(mark))
  const insert = lines.map((line) => (isMarked ? line.slice(mark.length) : mark + line)).join("\n")
  return replace(from, end, insert)
}

function fence(text) {
  const insert = `\`\`\`\n${selected(text).replace(/\n$/, "")}\n\`\`\`\n`
  return replace(text.start, text.end, insert, text.start + 3)
}

function link(text) {
  const words = selected(text)
  const isAddress = /^https?:\/\/\S+$/.test(words)
  const insert = isAddress ? `[](${words})` : `[${words}](https://)`
  const caret = isAddress || !words ? text.start + 1 : text.start + insert.length - 1
  return replace(text.start, text.end, insert, caret)
}
