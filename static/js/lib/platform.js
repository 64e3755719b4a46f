/** What the machine is like. */

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "")

/** Whether the main way of pointing is a finger: Enter then breaks the line, and no keyboard jumps up unasked. */
export const isFinger = () => matchMedia("(pointer: coarse)").matches

/** Control, or Command on a Mac, where Control moves the caret. */
export const hasCommandKey = ({ ctrlKey, metaKey, altKey }) => (isMac ? metaKey : ctrlKey) && !altKey
