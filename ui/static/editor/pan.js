// A large drawing is dragged: by its empty parts, or by anything with the middle button or while Space is held.
// The keyboard scrolls the canvas.
import { closest, one } from "../dom.js";

const CONTROLS =
  "a, button, input, select, textarea, label, summary, details.menu, .sticky, .picked, .lit-strip";

const canvas = one("#canvas");
/** Where a drag began. @type {{ x: number, y: number, left: number, top: number } | null} */
let from = null;
let space = false;

document.addEventListener("keydown", (event) => {
  const atRest = event.target === document.body || event.target === canvas;
  if (!canvas || event.key !== " " || !atRest) return;
  event.preventDefault();
  space = true;
  canvas.classList.add("held");
});

function releaseSpace() {
  space = false;
  canvas?.classList.remove("held");
}

document.addEventListener("keyup", (event) => {
  if (event.key === " ") releaseSpace();
});
addEventListener("blur", releaseSpace);

canvas?.addEventListener("pointerdown", (event) => {
  const free = event.button === 0 && (space || !closest(event, CONTROLS));
  if (event.pointerType === "touch" || !(free || event.button === 1)) return; // fingers scroll by themselves
  const edges = canvas.getBoundingClientRect();
  const onScrollBar =
    event.clientX - edges.left > canvas.clientWidth || event.clientY - edges.top > canvas.clientHeight;
  if (onScrollBar) return;
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  from = { x: event.clientX, y: event.clientY, left: canvas.scrollLeft, top: canvas.scrollTop };
  canvas.classList.add("dragged");
});

canvas?.addEventListener("pointermove", (event) => {
  if (from) canvas.scrollTo(from.left + from.x - event.clientX, from.top + from.y - event.clientY);
});

function endDrag() {
  from = null;
  canvas?.classList.remove("dragged");
}

for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
  canvas?.addEventListener(end, endDrag);

canvas?.addEventListener(
  "click",
  (event) => {
    if (!space) return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
