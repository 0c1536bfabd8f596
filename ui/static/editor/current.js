// What the panel is about: focus after a change, and the mark on the drawing.
import { all, as, must, one } from "../dom.js";
import { shownStep } from "./page.js";

/** @type {HTMLElement | null} */
let focused = null;

document.addEventListener("htmx:after:swap", () => {
  const wanted = one("#panel [autofocus]");
  if (wanted && wanted !== focused) wanted.focus({ preventScroll: true });
  focused = wanted;
  markCurrent();
});

// A button that deletes something is gone afterwards: the panel that follows takes the focus anew.
document.addEventListener(
  "submit",
  (event) => {
    const button = event.submitter;
    if (button?.matches(".danger, [data-confirm]") && button.getAttribute("formmethod") !== "get")
      focused = null;
  },
  true,
);

// The drawing follows the address: which card, branch or place the panel is about. A card that it comes to is in sight.
let lastStep = new URLSearchParams(location.search).get("step");

function markCurrent() {
  const tree = as(HTMLInputElement, one(".editor > #data:not([hidden]) input[name=step]"));
  if (tree && tree.value !== shownStep()) must("#data").hidden = true;
  for (const each of all(".edit [aria-current]")) each.removeAttribute("aria-current");
  const asked = new URLSearchParams(location.search);
  const step = asked.get("step");
  markedBy(asked.get("add"), asked.get("note"), step)?.setAttribute("aria-current", "true");
  if (step !== lastStep && innerWidth > 1000)
    cardOf(step ?? "")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  lastStep = step;
}

/**
 * @param {string | null} place
 * @param {string | null} note
 * @param {string | null} step
 */
function markedBy(place, note, step) {
  if (place) return one(`.insert[data-place="${CSS.escape(place)}"]`);
  if (note) return one(`[data-note="${CSS.escape(note)}"]`);
  return step ? cardOf(step) : null;
}

/** @param {string} step */
const cardOf = (step) => one(`#at-${CSS.escape(step)} > .stop > .card`);

addEventListener("popstate", markCurrent);
