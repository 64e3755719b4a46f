/** The people that the page knows of: the members panel, and who is here. */

/** @typedef {{id: string, name: string, handle: string, initials?: string, hue?: number, avatar?: string, bot?: boolean, shown?: HTMLElement}} Person */

/** @returns {Person[]} the room's members, each once */
export function members() {
  const people = [...document.querySelectorAll(".members__row[data-user]")].map(fromRow)
  const here = document.querySelector("presence-list")?.people ?? []
  return [...new Map([...people, ...here].map((person) => [person.id, person])).values()]
}

/** @param {Person} person @returns {HTMLElement} their avatar, small */
export function face(person) {
  if (person.shown) return person.shown.cloneNode(true)
  const template = document.querySelector(person.bot && !person.avatar ? "template#face-ai" : "template#face")
  const avatar = template.content.firstElementChild.cloneNode(true)
  if (person.avatar) avatar.append(picture(person.avatar))
  else if (!person.bot) avatar.append(person.initials)
  if (!person.bot) avatar.classList.add(`hue-${person.hue}`)
  return avatar
}

// Internal

function fromRow(row) {
  const handle = row.querySelector("a").getAttribute("href").split("/").at(-2)
  const name = row.querySelector(".member__name").textContent.trim()
  return { id: row.dataset.user, name, handle, shown: row.querySelector(".avatar") }
}

function picture(address) {
  const image = new Image(72, 72)
  image.src = address
  image.alt = ""
  return image
}
