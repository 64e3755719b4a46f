/** What the tests need of node:test. */

/** @type {{name: string, run: () => unknown}[]} */
export const tests = []

export function test(name, run) {
  tests.push({ name, run })
}
