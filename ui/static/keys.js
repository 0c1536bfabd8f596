// A key is written by pressing it. Tab, Escape and Backspace on an empty field do what they always do.
import { as, closest } from "./dom.js";

const USUAL = new Set(["Tab", "Escape", "Enter", "Shift", "Control", "Meta", "Alt", "Dead", " "]);

document.addEventListener("keydown", (event) => {
  const field = as(HTMLInputElement, closest(event, "[data-key]"));
  if (!field || event.altKey || USUAL.has(event.key)) return;
  event.preventDefault();
  field.value = event.key === "Backspace" ? "" : nameOf(event);
});

/**
 * @param {KeyboardEvent} event
 * @returns {string} as the server stores it, such as `Ctrl+Shift+Z`
 */
function nameOf(event) {
  const control = event.ctrlKey || event.metaKey;
  const character = event.key.length === 1;
  const shift = event.shiftKey && (!character || control || /\p{L}/u.test(event.key));
  const key = character && (control || shift) ? event.key.toUpperCase() : event.key;
  return [...(control ? ["Ctrl"] : []), ...(shift ? ["Shift"] : []), key].join("+");
}
