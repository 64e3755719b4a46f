/** Shows at the end of the log what the outbox still holds for this room. */
import { markSent, markState } from "./pending.js"

export class Unsent {
  #room
  #outbox
  #timeline
  #make

  /**
   * @param {string} room
   * @param {{outbox: import("../outbox.js").Outbox, timeline: import("./timeline.js").Timeline,
   *          make: (item: import("../outbox.js").Item) => HTMLElement}} parts
   */
  constructor(room, { outbox, timeline, make }) {
    this.#room = room
    this.#outbox = outbox
    this.#timeline = timeline
    this.#make = make
  }

  // Lifecycle

  start(signal) {
    const hear = (types, react) => {
      const mine = ({ detail }) => detail.item.room === this.#room && react(detail)
      types.forEach((type) => this.#outbox.addEventListener(type, mine, { signal }))
    }
    hear(["pending", "failed"], ({ item }) => this.#show(item))
    hear(["removed"], ({ item }) => this.#remove(item))
    hear(["sent"], ({ item, answer }) => this.#sent(item, answer))
    this.showAll()
  }

  /** What the buttons on a failed message do. */
  get actions() {
    return {
      retry: ({ article, button }) => handOn(button, article, () => this.#outbox.retry(article.dataset.clientId)),
      discard: ({ article, button }) => handOn(button, this.#beside(article), () => this.#outbox.remove(article.dataset.clientId)),
    }
  }

  showAll() {
    this.#outbox.of(this.#room).forEach((item) => this.#show(item))
  }

  // Internal

  #beside(article) {
    return this.#timeline.after(article) ?? this.#timeline.before(article)
  }

  /** Tried again, it goes to the end of the line here as well. What is in the log only lacks its answer. */
  #show(item) {
    if (this.#timeline.hasSent(item.client_id)) return
    const article = this.#timeline.findUnsent(item.client_id) ?? this.#make(item)
    markState(article, item)
    if (!article.isConnected || item.state === "pending") this.#timeline.move(article)
  }

  #remove({ client_id }) {
    const article = this.#timeline.findUnsent(client_id)
    if (article) this.#timeline.remove(article)
  }

  /** Its frame may have come first; then there is nothing left to do. */
  #sent({ client_id }, answer) {
    const article = this.#timeline.findUnsent(client_id)
    if (!article) return
    markSent(article, answer)
    this.#timeline.move(article)
  }
}

/** The button goes with what it does; whoever came to it by keyboard stays in the log. */
function handOn(button, next, act) {
  const isByKeyboard = button.matches(":focus-visible")
  act()
  if (isByKeyboard) next?.focus()
}
