/** The few things that every element does with the document. The only place where HTML is parsed. */

const policy = globalThis.trustedTypes?.createPolicy("roundtable", { createHTML: (html) => html })

/**
 * Parses HTML that our own server rendered and sanitised. Never give it anything else.
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function parse(html) {
  const template = document.createElement("template")
  template.innerHTML = policy ? policy.createHTML(html) : html
  return template.content
}

/** @returns {HTMLElement} the first element of server HTML */
export function parseOne(html) {
  return document.adoptNode(parse(html).firstElementChild)
}

/**
 * An element of our own making; children are elements, or strings that become text.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** The content of a <meta>, or "". */
export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? ""
}

/** Runs `change` while `anchor` stays where it is on the screen. */
export function holdStill(scroller, anchor, change) {
  const before = anchor?.getBoundingClientRect().top
  scroller.style.overflowAnchor = "none"
  change()
  if (anchor) scroller.scrollTop += anchor.getBoundingClientRect().top - before
  requestAnimationFrame(() => (scroller.style.overflowAnchor = ""))
}
