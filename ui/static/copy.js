// <button data-copy="#id"> copies the text of that element.
import { asTextField, closest, must, one } from "./dom.js";

const SHOWN = 1600; // milliseconds that a button says what became of a press

/**
 * Replace a button's label for a moment.
 * @param {HTMLElement} label
 * @param {string} text
 */
export function flash(label, text) {
  const before = label.textContent;
  label.textContent = text;
  setTimeout(() => {
    label.textContent = before;
  }, SHOWN);
}

/**
 * @param {HTMLElement} button
 * @param {string} selector
 */
async function copy(button, selector) {
  const source = must(selector);
  await navigator.clipboard.writeText(asTextField(source)?.value ?? source.textContent);
  flash(one("[data-label]", button) ?? button, "Copied");
}

document.addEventListener("click", (event) => {
  const button = closest(event, "[data-copy]");
  if (button?.dataset.copy) copy(button, button.dataset.copy);
});
