/**
 * A half-written answer, which grows by blocks. All but its last block are frozen, so a frame brings only the
 * blocks from the first one that changed.
 *
 * @typedef {{attempt: number, length: number, blocks: any[]}} Draft
 * @typedef {{attempt: number, length: number, after: number, from: number, blocks: any[]}} DraftFrame
 *   `after`: the length that it builds on; `from`: the first block that it brings.
 */

/**
 * "apply", "ignore" (old news), or "gap" (blocks are missing before the frame's first).
 * @param {Draft} draft
 * @param {DraftFrame} frame
 */
export function verdict(draft, frame) {
  if (frame.attempt < draft.attempt) return "ignore"
  const anew = frame.attempt > draft.attempt
  if (!anew && frame.length <= draft.length) return "ignore"
  const { length, blocks } = anew ? { length: 0, blocks: [] } : draft
  return frame.after > length || frame.from > blocks.length ? "gap" : "apply"
}

/**
 * How many of the shown blocks stay before the frame's blocks are put behind them.
 * @param {Draft} draft
 * @param {DraftFrame} frame
 */
export function kept(draft, frame) {
  return frame.attempt > draft.attempt ? 0 : frame.from
}

/**
 * @param {Draft} draft
 * @param {DraftFrame} frame
 * @returns {Draft}
 */
export function grow(draft, frame) {
  if (verdict(draft, frame) !== "apply") return draft
  const blocks = [...draft.blocks.slice(0, kept(draft, frame)), ...frame.blocks]
  return { attempt: frame.attempt, length: frame.length, blocks }
}
