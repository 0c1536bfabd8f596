// Menus that open over the page: on the side where there is room, and never past the edge of what is in sight.
import { as, one } from "./dom.js";

const MARGIN = 8; // pixels between a menu and the edge

/**
 * What of the page a menu may cover: the drawing, or else the window.
 * @param {HTMLElement} menu
 */
function ground(menu) {
  const edges = menu.closest(".canvas")?.getBoundingClientRect();
  return {
    left: Math.max(0, edges?.left ?? 0) + MARGIN,
    right: Math.min(document.documentElement.clientWidth, edges?.right ?? Number.POSITIVE_INFINITY) - MARGIN,
    top: Math.max(0, edges?.top ?? 0) + MARGIN,
    bottom: Math.min(innerHeight, edges?.bottom ?? Number.POSITIVE_INFINITY) - MARGIN,
  };
}

/**
 * Turn an open menu to the side that has room for it.
 * @param {HTMLElement} menu
 * @param {HTMLElement} box
 */
function turn(menu, box) {
  menu.classList.remove("leftward", "rightward", "upward");
  for (const name of ["--nudge", "--lift", "--room"]) box.style.removeProperty(name);
  const room = ground(menu);
  const zoom = box.currentCSSZoom ?? 1;
  box.style.setProperty("--room", `${(room.bottom - room.top) / zoom}px`);
  const opener = menu.getBoundingClientRect();
  const opened = box.getBoundingClientRect();
  if (opened.right > room.right) menu.classList.add("leftward");
  else if (opened.left < room.left) menu.classList.add("rightward");
  const below = room.bottom - opener.bottom;
  if (opened.height > below && opener.top - room.top > below) menu.classList.add("upward");
  const { left, right, top, bottom } = box.getBoundingClientRect();
  const nudge = into(left, right, room.left, room.right);
  const lift = into(top, bottom, room.top, room.bottom);
  if (nudge) box.style.setProperty("--nudge", `${nudge / zoom}px`);
  if (lift) box.style.setProperty("--lift", `${lift / zoom}px`);
}

/**
 * How far something that reaches from `start` to `end` must move to be within two edges.
 * @param {number} start
 * @param {number} end
 * @param {number} first
 * @param {number} last
 */
const into = (start, end, first, last) => (start < first ? first - start : Math.min(0, last - end));

document.addEventListener(
  "toggle",
  (event) => {
    const menu = as(HTMLDetailsElement, event.target);
    const box = menu?.open && menu.matches(".menu") && one(":scope > .box", menu);
    if (menu && box) turn(menu, box);
  },
  true,
);
