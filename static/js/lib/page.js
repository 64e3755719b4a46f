/** What every page of a signed-in person does besides its elements. */
import { submit } from "./http.js"
import { Notepad } from "./notepad.js"
import { isMac } from "./platform.js"

const SIGN_IN = "/accounts/login/"

/** @param {{id: string}} me @param {import("../socket.js").Socket} socket */
export function preparePage(me, socket) {
  Notepad.clear({ butOf: me.id })
  socket.addEventListener("ended", signInAgain)
  document.addEventListener("submit", (event) => react(event))
  if (isMac) for (const key of document.querySelectorAll("kbd[data-mac]")) key.textContent = key.dataset.mac
}

// Internal

function signInAgain() {
  Notepad.clear()
  location.assign(`${SIGN_IN}?next=${encodeURIComponent(location.pathname)}`)
}

function react(event) {
  if (event.target.matches("form[action$='/logout/']")) Notepad.clear()
  if (event.target.matches("form.theme-switch")) switchTheme(event)
}

/** At once here, and kept by the server for all devices. */
function switchTheme(event) {
  const { target: form, submitter } = event
  event.preventDefault()
  document.documentElement.dataset.theme = submitter.value
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === submitter))
  submit(form, submitter).catch(() => {})
}
