// On a phone the filters of a list are folded but for the first. They are open when one of them is set.
import { all, as } from "./dom.js";

const FIELDS = ":scope > .field ~ .field"; // all but the first

/** @param {HTMLElement} form */
function isSet(form) {
  const asked = new URLSearchParams(location.search);
  const controls = all(`${FIELDS} :is(input, select)`, form);
  return controls.some((control) => asked.get(control.getAttribute("name") ?? ""));
}

/** @param {HTMLElement} form */
function addFold(form) {
  if (all(FIELDS, form).length < 2) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn unfold";
  const show = (/** @type {boolean} */ open) => {
    form.toggleAttribute("data-folded", !open);
    button.ariaExpanded = String(open);
    button.textContent = open ? "Fewer filters" : "More filters";
  };
  button.addEventListener("click", () => show(form.hasAttribute("data-folded")));
  show(isSet(form));
  form.append(button);
}

for (const form of all("form.filters")) if (as(HTMLFormElement, form)) addFold(form);
