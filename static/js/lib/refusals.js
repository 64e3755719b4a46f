/** Why a command was not done, and what to tell the person. */
import { kilobytes } from "./format.js"

/** The server's `error`, or one of our own: "offline" (not sent) and "timeout" (sent, not answered). */
export class CommandError extends Error {
  constructor({ code, text = code, retry_after = null }) {
    super(text)
    Object.assign(this, { code, text, retryAfter: retry_after })
  }
}

/** Lost on the way: nobody has said no, so the same thing is sent again. */
const LOST = new Set(["offline", "timeout"])

/** The server asks us to come back later. */
const LATER = new Set(["rate_limited", "unavailable"])
const ABOUT_THE_TEXT = new Set(["too_long", "empty", "rejected"])

export const isLost = ({ code }) => LOST.has(code)
export const isForLater = ({ code }) => LATER.has(code)

/** Text that another try would not change: the person must shorten or rewrite it. */
export const isAboutTheText = ({ code }) => ABOUT_THE_TEXT.has(code)

/** As the server says it, for what it was never asked to send. */
export const NOT_IN_ROOM = "You are not in that room, or it is gone."

/** The server's own sentence, where it gave one. */
export function explain({ code, text }) {
  return text && text !== code ? text : "It could not be sent."
}

/** Why it is not sent at once. */
export function explainWait({ code }, wait) {
  if (code === "rate_limited") return `That was a lot at once. It goes on in ${Math.ceil(wait / 1000)} s.`
  return "The server is busy. Your message goes out as soon as it can."
}

export function explainSize(size, limit) {
  return `This message has ${kilobytes(size)}, and ${kilobytes(limit)} is the most. Shorten it, or send it in parts.`
}

/** @returns {number} milliseconds until the next try */
export function waitFor({ retryAfter }, fallback) {
  return retryAfter ? retryAfter * 1000 : fallback
}
