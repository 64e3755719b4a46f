/**
 * Whom somebody begins to name with an @.
 * @typedef {{id: string, name: string, handle: string}} Member
 */

const BEGUN = /(?:^|[\s([{"'*_~>])@([\p{L}\p{N}_.-]{0,40})$/u
const MOST = 8

/**
 * The name that is being written at the caret.
 * @returns {{from: number, query: string} | null}
 */
export function begunAt(value, caret) {
  const begun = BEGUN.exec(value.slice(0, caret))
  return begun && { from: caret - begun[1].length - 1, query: begun[1].toLowerCase() }
}

/**
 * The members it may mean, best first.
 * @template {Member} T
 * @param {T[]} members
 * @param {string} query in lower case
 * @returns {T[]}
 */
export function matching(members, query) {
  return members
    .map((member) => ({ member, rank: rank(member, query) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || a.member.name.localeCompare(b.member.name))
    .slice(0, MOST)
    .map(({ member }) => member)
}

// Internal

function rank({ name, handle }, query) {
  const [low, words] = [handle.toLowerCase(), name.toLowerCase().split(/\s+/)]
  if (low === query) return 0
  if (low.startsWith(query)) return 1
  if (words.some((word) => word.startsWith(query))) return 2
  return low.includes(query) ? 3 : Infinity
}
