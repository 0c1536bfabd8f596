// Short names for finding elements, with types that the checker can follow.

/** @typedef {HTMLInputElement | HTMLTextAreaElement} TextField */
/** @typedef {TextField | HTMLSelectElement} Field */

/**
 * The first element that matches.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement | null}
 */
export const one = (selector, root = document) => root.querySelector(selector);

/**
 * Every element that matches, in document order.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement[]}
 */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)].map(html);

/**
 * The first element that matches, on a page that always has one.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 * @throws {Error} when nothing matches
 */
export function must(selector, root = document) {
  const found = one(selector, root);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return found;
}

/**
 * The value, if it is an instance of the class.
 * @template T
 * @param {new (...args: never[]) => T} kind
 * @param {unknown} value
 * @returns {T | null}
 */
export const as = (kind, value) => (value instanceof kind ? value : null);

/**
 * The value, if it is a field that text is typed into.
 * @param {unknown} value
 * @returns {TextField | null}
 */
export const asTextField = (value) => as(HTMLInputElement, value) ?? as(HTMLTextAreaElement, value);

/**
 * The value, if it is a field of a form.
 * @param {unknown} value
 * @returns {Field | null}
 */
export const asField = (value) => asTextField(value) ?? as(HTMLSelectElement, value);

/**
 * The element that an event happened on. A document, a window or a text is none.
 * @param {Event} event
 * @returns {HTMLElement | null}
 */
export const targetOf = (event) => (event.target instanceof Element ? html(event.target) : null);

/**
 * The element that an event happened on, or the nearest one around it, that matches.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const closest = (event, selector) => targetOf(event)?.closest(selector) ?? null;

/**
 * The form that the field of an event belongs to.
 * @param {Event} event
 * @returns {HTMLFormElement | null}
 */
export const formOf = (event) => asField(event.target)?.form ?? null;

/**
 * An element as HTML. Icons are SVG: of what is used here, they have all but `hidden` and `innerText`.
 * @param {Element} element
 * @returns {HTMLElement}
 */
function html(element) {
  return /** @type {HTMLElement} */ (element);
}
