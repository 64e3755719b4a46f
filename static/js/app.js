/** The live page: every element that it may hold, and the tab's one line to the server. */
import "./elements/connection-banner.js"
import "./elements/message-composer.js"
import "./elements/message-list.js"
import "./elements/presence-list.js"
import "./elements/quick-switcher.js"
import "./elements/room-list.js"
import "./elements/stray-messages.js"
import "./elements/typing-line.js"
import { preparePage } from "./lib/page.js"
import { clock, me, socket } from "./live.js"

if (me) {
  preparePage({ me, clock, socket })
  socket.start()
}
