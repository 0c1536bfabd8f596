// Several steps at once: Shift or Control with a click on a card, or the box beside it.
import { all, as, closest, must, one } from "../dom.js";

/** The names of the selected steps. */
export const selectedSteps = () => boxes(".pick input:checked").map((box) => box.value);

/**
 * @param {string} selector
 * @returns {HTMLInputElement[]}
 */
const boxes = (selector) => all(selector).filter((each) => each instanceof HTMLInputElement);

function showSelection() {
  const bar = one("#picked");
  if (!bar) return;
  const count = selectedSteps().length;
  bar.hidden = count === 0;
  must("[data-picked]", bar).textContent = `${count} selected`;
}

/** @type {HTMLInputElement | null} */
let last = null;

document.addEventListener(
  "click",
  (event) => {
    const card = closest(event, ".edit a.card");
    if (!(card && (event.shiftKey || event.ctrlKey || event.metaKey))) return;
    const box = as(HTMLInputElement, card.parentElement?.querySelector(".pick input"));
    if (!box) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.shiftKey && last) selectBetween(last, box);
    else box.checked = !box.checked;
    last = box;
    showSelection();
  },
  true,
);

/**
 * @param {HTMLInputElement} start
 * @param {HTMLInputElement} end
 */
function selectBetween(start, end) {
  const every = boxes(".pick input");
  const [from, to] = [every.indexOf(start), every.indexOf(end)].sort((a, b) => a - b);
  for (const each of every.slice(Math.max(from ?? 0, 0), (to ?? 0) + 1)) each.checked = true;
}

document.addEventListener("change", (event) => {
  if (closest(event, ".pick")) showSelection();
});
document.addEventListener("htmx:after:swap", showSelection);
showSelection();
