// A group's box ticks all of its events, and shows when some of them are.
import { all, as, asTextField, closest, must, one } from "./dom.js";

const GROUP = ".tree fieldset[data-group]";

/**
 * @param {HTMLElement} group
 * @returns {HTMLInputElement[]}
 */
const boxesOf = (group) =>
  all("input[name=event]:enabled", group).filter((box) => box instanceof HTMLInputElement);

/** @param {ParentNode} group */
const groupBox = (group) => as(HTMLInputElement, one("input[name=group]", group));

/** @param {HTMLElement} group */
function sync(group) {
  const whole = groupBox(group);
  if (!whole) return;
  const boxes = boxesOf(group);
  const ticked = boxes.filter((box) => box.checked).length;
  whole.checked = ticked > 0 && ticked === boxes.length;
  whole.indeterminate = ticked > 0 && ticked < boxes.length;
  must("[data-ticked]", group).textContent = String(ticked);
}

function syncAll() {
  for (const group of all(GROUP)) sync(group);
}

document.addEventListener("change", (event) => {
  const group = closest(event, GROUP);
  const box = as(HTMLInputElement, event.target);
  if (!(group && box)) return;
  if (box.name === "group") {
    const boxes = boxesOf(group);
    for (const each of boxes) each.checked = box.checked;
    boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  } else sync(group);
});

// What is looked for must not lie in a closed group; afterwards those stay open of which some are ticked.
document.addEventListener("input", (event) => {
  const search = asTextField(event.target);
  if (!search?.matches("[data-narrow]")) return;
  const looking = search.value.trim() !== "";
  for (const found of document.querySelectorAll(".tree details")) {
    const group = found.parentElement && groupBox(found.parentElement);
    if (found instanceof HTMLDetailsElement) found.open = looking || group?.indeterminate === true;
  }
});

// All and None tick boxes without an event of their own.
document.addEventListener("click", (event) => {
  if (closest(event, "[data-tick]")) setTimeout(syncAll);
});

document.addEventListener("htmx:after:swap", syncAll);
syncAll();
