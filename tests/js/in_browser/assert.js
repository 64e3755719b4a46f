/** What the tests need of node:assert/strict. */

const isObject = (value) => typeof value === "object" && value !== null

function same(a, b) {
  if (Object.is(a, b)) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
}

function demand(holds, message, ...values) {
  if (!holds) throw new Error([message, ...values.map((value) => JSON.stringify(value))].filter(Boolean).join(" | "))
}

export default {
  ok: (value, message = "not so") => demand(value, message),
  equal: (actual, expected, message) => demand(Object.is(actual, expected), message, actual, expected),
  deepEqual: (actual, expected, message) => demand(same(actual, expected), message, actual, expected),
  match: (text, pattern, message) => demand(pattern.test(text), message, text, String(pattern)),
}
