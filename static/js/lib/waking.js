/** Moments after which a line that was alive may be dead, or a dead one may come back. */

const LOOK_EVERY = 5_000
const SLEPT = 30_000

/** @param {() => void} check */
export function onWaking(check) {
  for (const type of ["online", "offline", "pageshow"]) addEventListener(type, check)
  document.addEventListener("visibilitychange", () => document.hidden || check())
  noticeSleep(check)
}

/** Timers stand still while the machine sleeps, and so does the line. */
function noticeSleep(check) {
  let awakeAt = Date.now()
  setInterval(() => {
    const slept = Date.now() - awakeAt > SLEPT
    awakeAt = Date.now()
    if (slept) check()
  }, LOOK_EVERY)
}
