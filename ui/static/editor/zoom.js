// How large the drawing is.
import { as, closest, must, one } from "../dom.js";
import { recall, remember } from "../storage.js";

const SMALLEST = 25; // per cent
const LEVELS = [SMALLEST, 33, 40, 50, 67, 80, 90, 100, 125, 150];
const READABLE = 50;
const KEY = `zoom:${one(".editor")?.dataset.flow ?? ""}`;

const canvas = one("#canvas");
const remembered = Number(recall(KEY));
let level = LEVELS.includes(remembered) ? remembered : 100;

/** Show the drawing at the level that is remembered. */
export const applyZoom = () => zoom(level);

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

/** Show the whole width; the whole height too, unless nobody could read it then. */
function fit() {
  if (!canvas) return;
  const wide = () => canvas.scrollWidth <= canvas.clientWidth;
  const tall = () => canvas.scrollHeight <= canvas.clientHeight;
  const levels = LEVELS.filter((each) => each <= 100).reverse();
  /** @param {(level: number) => boolean} fits */
  const first = (fits) =>
    levels.find((each) => {
      zoom(each);
      return fits(each);
    });
  const whole = first((each) => each >= READABLE && wide() && tall());
  zoom(whole ?? first(wide) ?? SMALLEST);
  canvas.scrollTo(0, 0);
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
  if (button.dataset.zoomBy) zoom(further(Number(button.dataset.zoomBy)));
  else if (button.dataset.zoomTo) zoom(Number(button.dataset.zoomTo));
  else if ("zoomFit" in button.dataset) fit();
  remember(KEY, String(level));
});
