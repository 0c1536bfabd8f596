// How wide the menu and the panel are and whether they are shown: as they were left in this browser.
import { all, as, closest, one } from "./dom.js";
import { recall, remember } from "./storage.js";

const STEP = 16; // pixels that an arrow key moves an edge

/**
 * @typedef {object} Pane
 * @property {number} least pixels
 * @property {number} most
 * @property {number} usual
 * @property {1 | -1} grows which way its edge goes when it becomes wider: 1 to the right, -1 to the left
 */

/** @type {Record<string, Pane>} */
const PANES = {
  menu: { least: 144, most: 336, usual: 208, grows: 1 },
  panel: { least: 304, most: 800, usual: 408, grows: -1 },
};

/** @param {string} name */
function widthOf(name) {
  const pane = PANES[name];
  if (!pane) return 0;
  const stored = Number(recall(`pane:${name}`)) || pane.usual;
  return Math.min(pane.most, Math.max(pane.least, stored));
}

/** @param {string} name */
const isShown = (name) => recall(`pane:${name}:off`) !== "1";

/** @param {string} name */
function apply(name) {
  const root = document.documentElement;
  const width = widthOf(name);
  if (width === PANES[name]?.usual) root.style.removeProperty(`--${name}-width`);
  else root.style.setProperty(`--${name}-width`, `${width}px`);
  root.toggleAttribute(`data-${name}-off`, !isShown(name));
  one(`[data-edge=${name}]`)?.setAttribute("aria-valuenow", String(width));
  for (const button of all(`[data-pane=${name}]`)) button.ariaExpanded = String(isShown(name));
}

/**
 * @param {string} name
 * @param {number} width
 */
function resize(name, width) {
  remember(`pane:${name}`, String(Math.round(width)));
  apply(name);
}

/**
 * @param {string} name
 * @param {boolean} shown
 */
function show(name, shown) {
  remember(`pane:${name}:off`, shown ? "" : "1");
  apply(name);
}

/**
 * Where an edge goes by a key; null for a key that moves none.
 * @param {string} key
 * @param {Pane} pane
 * @param {number} width
 */
function moved(key, pane, width) {
  if (key === "ArrowLeft") return width - STEP * pane.grows;
  if (key === "ArrowRight") return width + STEP * pane.grows;
  if (key === "Home") return pane.least;
  return key === "End" ? pane.most : null;
}

document.addEventListener("keydown", (event) => {
  const name = closest(event, "[data-edge]")?.dataset.edge ?? "";
  const pane = PANES[name];
  if (!pane || event.ctrlKey || event.metaKey || event.altKey) return;
  const width = moved(event.key, pane, widthOf(name));
  if (width === null) return;
  event.preventDefault();
  resize(name, width);
});

document.addEventListener("pointerdown", (event) => {
  const edge = closest(event, "[data-edge]");
  const name = edge?.dataset.edge ?? "";
  const pane = PANES[name];
  if (!(edge && pane) || event.button !== 0) return;
  event.preventDefault(); // no text is selected on the way
  edge.setPointerCapture(event.pointerId);
  const start = widthOf(name) - event.clientX * pane.grows;
  /** @param {PointerEvent} to */
  const follow = (to) => resize(name, start + to.clientX * pane.grows);
  edge.addEventListener("pointermove", follow);
  edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", follow), {
    once: true,
  });
});

document.addEventListener("dblclick", (event) => {
  const name = closest(event, "[data-edge]")?.dataset.edge ?? "";
  const pane = PANES[name];
  if (pane) resize(name, pane.usual);
});

document.addEventListener("click", (event) => {
  const name = as(HTMLButtonElement, closest(event, "button[data-pane]"))?.dataset.pane;
  if (name) show(name, !isShown(name));
  // Whoever opens something in the panel wants to see it.
  if (closest(event, "#plan a[hx-get], .tools a[hx-get], .palette a[hx-get]") && !isShown("panel"))
    show("panel", true);
});

for (const name of Object.keys(PANES)) apply(name);
