/** How long a message is, in the bytes that the server counts. */
import { kilobytes } from "./format.js"

const WORTH_SAYING = 0.8
const MOST_BYTES_A_CHARACTER = 3

export const bytesOf = (text) => new TextEncoder().encode(text).length

/**
 * Says how much room is left, once that matters.
 * @param {HTMLElement} hint
 * @returns {boolean} whether the text fits
 */
export function showSize(hint, text, limit) {
  const isShort = text.length * MOST_BYTES_A_CHARACTER < limit * WORTH_SAYING
  const size = isShort ? 0 : bytesOf(text)
  hint.textContent = size > limit * WORTH_SAYING ? `${kilobytes(size)} of ${kilobytes(limit)}` : ""
  hint.classList.toggle("composer__hint--over", size > limit)
  return size <= limit
}
