// How large the drawing is.
import { as, closest, must, one } from "../dom.js";
import { recall, remember } from "../storage.js";

const SMALLEST = 3; // per cent
const LEVELS = [SMALLEST, 4, 5, 7, 10, 14, 20, 25, 33, 40, 50, 67, 80, 90, 100, 125, 150];
const READABLE = 50;
const KEY = `zoom:${one(".editor")?.dataset.flow ?? ""}`;

const canvas = one("#canvas");
const remembered = Number(recall(KEY));
let level = LEVELS.includes(remembered) ? remembered : 100;

/** What of the drawing was in the middle before all of it was shown, in pixels at 100 %. */
let centre = /** @type {{ x: number, y: number } | null} */ (null);

/** Show the drawing at the level that is remembered. */
export const applyZoom = () => zoom(level);

/** Show what is pointed out at a size that can be read, in a drawing that was made small to be seen as a whole. */
export function zoomToRead() {
  if (level < READABLE) zoom(100);
}

/**
 * Change the level. What is in the middle, or under the pointer, stays where it is.
 * @param {number} to
 * @param {{ x: number, y: number }} [fixed] in the canvas
 */
function zoom(to, fixed) {
  if (!canvas) return;
  const { x, y } = fixed ?? { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
  const by = to / level;
  const left = (canvas.scrollLeft + x) * by - x;
  const top = (canvas.scrollTop + y) * by - y;
  level = to;
  canvas.dataset.zoom = String(to);
  canvas.scrollTo(left, top);
  must("#level").textContent = `${to} %`;
  disable("[data-zoom-by='-1']", to === SMALLEST);
  disable("[data-zoom-by='1']", to === LEVELS.at(-1));
}

/**
 * @param {string} selector
 * @param {boolean} disabled
 */
function disable(selector, disabled) {
  const button = as(HTMLButtonElement, one(selector));
  if (button) button.disabled = disabled;
}

/** @param {number} by how many levels further */
const further = (by) => LEVELS[LEVELS.indexOf(level) + by] ?? level;

/** Where the middle of the canvas is in the drawing, in pixels at 100 %. @param {HTMLElement} ground */
function middle(ground) {
  const [plan, edges] = [must("#plan").getBoundingClientRect(), ground.getBoundingClientRect()];
  return {
    x: ((edges.left + ground.clientWidth / 2 - plan.left) * 100) / level,
    y: ((edges.top + ground.clientHeight / 2 - plan.top) * 100) / level,
  };
}

/** Bring a place of the drawing to the middle of the canvas. @param {HTMLElement} ground @param {{ x: number, y: number }} to */
function centreOn(ground, to) {
  const now = middle(ground);
  ground.scrollBy(((to.x - now.x) * level) / 100, ((to.y - now.y) * level) / 100);
}

/** Show all of the drawing, as large as it fits but no larger than it is. What was in the middle stays there as far
    as that goes, and is there again once the drawing is made larger. */
function fit() {
  if (!canvas) return;
  const was = centre ?? middle(canvas);
  for (const each of LEVELS.filter((most) => most <= 100).reverse()) {
    zoom(each);
    if (fits(canvas)) break;
  }
  centreOn(canvas, was);
  centre = was;
  if (canvas.getBoundingClientRect().bottom > innerHeight) must("#tools").scrollIntoView({ block: "start" });
}

/**
 * Whether all of the drawing is in sight at once. On a phone the canvas is as tall as the drawing: what it has to
 * fit then is the window, below the tools.
 * @param {HTMLElement} ground
 */
const fits = (ground) =>
  ground.scrollWidth <= ground.clientWidth &&
  ground.scrollHeight <= Math.min(ground.clientHeight, innerHeight - must("#tools").offsetHeight);

/** Change the level by a button: from the whole drawing back to what was in the middle. @param {number} to */
function zoomBack(to) {
  const was = centre;
  zoom(to);
  if (canvas && was) centreOn(canvas, was);
}

// Whoever looks at another part of it wants to see that one.
const forgetCentre = () => {
  centre = null;
};
for (const kind of ["pointerdown", "wheel", "keydown"]) {
  canvas?.addEventListener(kind, forgetCentre, { passive: true });
}

canvas?.addEventListener(
  "wheel",
  (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const edges = canvas.getBoundingClientRect();
    const fixed = { x: event.clientX - edges.left, y: event.clientY - edges.top };
    zoom(further(event.deltaY < 0 ? 1 : -1), fixed);
    remember(KEY, String(level));
  },
  { passive: false },
);

document.addEventListener("click", (event) => {
  const button = closest(event, ".tools button");
  if (!button) return;
  if (button.dataset.zoomBy) zoomBack(further(Number(button.dataset.zoomBy)));
  else if (button.dataset.zoomTo) zoomBack(Number(button.dataset.zoomTo));
  else if ("zoomFit" in button.dataset) fit();
  remember(KEY, String(level));
});
