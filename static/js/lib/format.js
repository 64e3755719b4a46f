/** Times and days in the reader's own language and time zone. */

const capitalised = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1)

export class Clock {
  #locale
  #formats

  /** @param {{locale?: string, timeZone?: string}} options empty means: as the browser says */
  constructor({ locale, timeZone } = {}) {
    this.#locale = locale || undefined
    const format = (options, language = this.#locale) =>
      new Intl.DateTimeFormat(language, { ...options, timeZone: timeZone || undefined })
    this.#formats = {
      time: format({ hour: "numeric", minute: "2-digit" }),
      full: format({ dateStyle: "full", timeStyle: "short" }),
      day: format({ weekday: "long", day: "numeric", month: "long" }),
      dayAndYear: format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
      key: format({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA"),
    }
  }

  /** "9:53" */
  time(date) {
    return this.#formats.time.format(date)
  }

  /** "Thursday 20 November 2025 at 9:53" */
  full(date) {
    return this.#formats.full.format(date)
  }

  /** "2025-11-20", equal for all moments of one day. */
  dayKey(date) {
    return this.#formats.key.format(date)
  }

  /** "Today", "Yesterday", "Thursday 20 November", and with the year when it is not this one. */
  day(date, now = new Date()) {
    const ago = this.#daysBetween(date, now)
    if (ago === 0 || ago === 1) return this.#relative(-ago)
    const sameYear = this.dayKey(date).slice(0, 4) === this.dayKey(now).slice(0, 4)
    return this.#formats[sameYear ? "day" : "dayAndYear"].format(date)
  }

  // Internal

  #daysBetween(date, now) {
    return Math.round((Date.parse(this.dayKey(now)) - Date.parse(this.dayKey(date))) / 86_400_000)
  }

  #relative(days) {
    return capitalised(new Intl.RelativeTimeFormat(this.#locale, { numeric: "auto" }).format(days, "day"))
  }
}

/** "Mira is typing…", "Mira and Jonas are typing…", "Several people are typing…" */
export function typingLine(names) {
  if (names.length === 0) return ""
  if (names.length === 1) return `${names[0]} is typing…`
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`
  return "Several people are typing…"
}

/** "17.2 KB" */
export function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1).replace(/\.0$/, "")} KB`
}

/** "Mira, Jonas and Tomas" */
export function listed(names) {
  return new Intl.ListFormat("en-GB", { type: "conjunction" }).format(names)
}
