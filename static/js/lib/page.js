/** What every page of a signed-in person does besides its elements. */
import { submit } from "./http.js"
import { Notepad } from "./notepad.js"
import { isMac } from "./platform.js"

const SIGN_IN = "/accounts/login/"
const SIGN_OUT = "/accounts/logout/"
const RENEWED = "renewed-for-protocol"
const A_MINUTE = 60_000

let leaving = false

/** @param {{me: {id: string}, clock: import("./format.js").Clock, socket: import("../socket.js").Socket}} parts */
export function preparePage({ me, clock, socket }) {
  Notepad.clear({ butOf: me.id })
  socket.addEventListener("ended", signInAgain)
  socket.addEventListener("hello", ({ detail }) => detail.user !== me.id && location.reload())
  socket.addEventListener("outdated", ({ detail }) => renew(detail.protocol))
  watchDays(clock)
  document.addEventListener("submit", (event) => react(event))
  document.addEventListener("click", ({ target }) => target.closest(".notice__close") && closeNotice(target))
  document.addEventListener("toggle", giveFocusBack, { capture: true })
  if (isMac) for (const key of document.querySelectorAll("kbd[data-mac]")) key.textContent = key.dataset.mac
}

// Internal

/** And back to this page; but who signs out is on the way already, and nobody signs in to be asked to sign out. */
function signInAgain() {
  sessionStorage.clear()
  if (leaving) return
  const next = location.pathname === SIGN_OUT ? "/" : location.pathname
  location.assign(`${SIGN_IN}?next=${encodeURIComponent(next)}`)
}

/** The page as the server has it now, with a script that it understands. Once: it may be a cache that gives the old one. */
function renew(protocol) {
  if (sessionStorage.getItem(RENEWED) === String(protocol)) return
  sessionStorage.setItem(RENEWED, protocol)
  location.reload()
}

/** Told to whatever says "Today". */
function watchDays(clock) {
  let today = clock.dayKey(new Date())
  setInterval(() => {
    if (today === clock.dayKey(new Date())) return
    today = clock.dayKey(new Date())
    document.dispatchEvent(new Event("day-begins"))
  }, A_MINUTE)
}

function react(event) {
  if (event.target.matches(`form[action$='${SIGN_OUT}']`)) leave()
  if (event.target.matches("form.theme-switch")) switchTheme(event)
}

function closeNotice(button) {
  button.closest(".notice").remove()
  document.getElementById("main").focus()
}

/** The server ends this tab's line too, before the answer to the form is here. */
function leave() {
  leaving = true
  sessionStorage.clear()
}

/** The button that closed a pane went with it; the one that opens it is where one came from. */
function giveFocusBack({ target, newState }) {
  const focused = document.activeElement
  if (newState !== "closed" || target.popover !== "manual") return
  if (focused !== document.body && !target.contains(focused)) return
  document.querySelector(`[popovertarget="${CSS.escape(target.id)}"]:not([popovertargetaction])`)?.focus()
}

/** At once here, and kept by the server for all devices. */
function switchTheme(event) {
  const { target: form, submitter } = event
  event.preventDefault()
  document.documentElement.dataset.theme = submitter.value
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === submitter))
  submit(form, submitter).catch(() => {})
}
