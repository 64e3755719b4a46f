/** Who is looking, and the tab's one socket and outbox. */
import { Clock } from "./lib/format.js"
import { Outbox } from "./outbox.js"
import { Socket } from "./socket.js"

const element = document.querySelector('meta[name="me"]')

/** @type {{id: string, name: string, handle: string, timezone?: string} | null} null when nobody is signed in */
export const me = element && { id: element.content, ...element.dataset }

export const clock = new Clock({ timeZone: me?.timezone })
export const socket = new Socket(`${location.protocol.replace("http", "ws")}//${location.host}/ws/`)
export const outbox = new Outbox(socket)
