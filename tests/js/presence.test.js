import assert from "node:assert/strict"
import { test } from "node:test"
import { Presence } from "../../static/js/lib/presence.js"

const person = (id) => ({ id, name: id.toUpperCase() })
const ids = (presence) => presence.people.map(({ id }) => id)

test("who comes is shown first and who goes is gone", () => {
  const presence = new Presence()
  presence.begin({ users: [person("alice"), person("ada")], at: 1 })
  presence.change("bob", person("bob"), 2)
  assert.deepEqual(ids(presence), ["bob", "alice", "ada"])
  presence.change("alice", null, 3)
  assert.deepEqual(ids(presence), ["bob", "ada"])
})

test("what happened after the list was made stands, though the list comes later", () => {
  const presence = new Presence()
  presence.change("bob", person("bob"), 2)
  presence.change("carol", null, 3)
  presence.begin({ users: [person("alice"), person("carol")], at: 1 })
  assert.deepEqual(ids(presence), ["bob", "alice"])
})

test("what the list knows already changes nothing", () => {
  const presence = new Presence()
  presence.change("alice", null, 2)
  presence.begin({ users: [person("alice")], at: 3 })
  presence.change("alice", null, 1)
  assert.deepEqual(ids(presence), ["alice"])
})

test("a departure that was overtaken by the return is none", () => {
  const presence = new Presence()
  presence.begin({ users: [person("alice")], at: 1 })
  presence.change("alice", person("alice"), 3)
  presence.change("alice", null, 2)
  assert.deepEqual(ids(presence), ["alice"])
})
