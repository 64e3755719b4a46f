/**
 * Which messages belong together on the screen.
 * @typedef {{seq: number, author: string, at: number, day: string, isEvent: boolean, stands: boolean}} Facts
 *   `stands`: always shows its own head, as an assistant's answer does (it names who is answered) and a reply.
 */

const TOGETHER = 5 * 60_000

/**
 * @param {Facts | null} previous
 * @param {Facts} current
 */
export function follows(previous, current) {
  if (!previous || previous.isEvent || current.isEvent || current.stands) return false
  return previous.author === current.author && previous.day === current.day && current.at - previous.at < TOGETHER
}

/**
 * @param {Facts | null} previous
 * @param {Facts} current
 */
export function beginsDay(previous, current) {
  return !previous || previous.day !== current.day
}

/**
 * Whether the unread line goes above `current`. `read` is the last seq read before this visit, null for no line.
 * @param {Facts | null} previous
 * @param {Facts} current
 * @param {number | null} read
 */
export function beginsUnread(previous, current, read) {
  return read !== null && previous !== null && previous.seq <= read && current.seq > read
}
