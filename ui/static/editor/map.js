// A small map shows the whole of a large drawing, and where in it one is.
import { all, as, must, one } from "../dom.js";
import { recall, remember } from "../storage.js";

const KEY = "map";
const WIDEST = 180; // pixels
const TALLEST = 160;
const SMALLEST = 24;
const SCREENS = 3; // a drawing larger than these is shown on a map by itself: it lies over what stands below it

/**
 * @typedef {object} Parts
 * @property {HTMLElement} map
 * @property {HTMLElement} canvas what it is a map of
 * @property {HTMLCanvasElement} picture
 * @property {CanvasRenderingContext2D} pen
 * @property {HTMLElement} frame around what is in sight
 * @property {HTMLButtonElement} button
 */

/**
 * Keep the map up to date.
 * @param {Parts} parts
 */
function showMap({ map, canvas, picture, pen, frame, button }) {
  let scale = 0;
  let due = 0;

  function draw() {
    const wide = canvas.scrollWidth;
    const tall = canvas.scrollHeight;
    const large = wide > canvas.clientWidth + 8 || tall > canvas.clientHeight + 8;
    const huge = wide * tall > SCREENS * canvas.clientWidth * canvas.clientHeight;
    map.hidden = !(large && (recall(KEY) ?? (huge ? "on" : "off")) === "on");
    button.disabled = !large;
    button.ariaPressed = String(!map.hidden);
    if (map.hidden) return;
    scale = Math.min(WIDEST / wide, TALLEST / tall);
    const width = Math.max(SMALLEST, wide * scale);
    const height = Math.max(SMALLEST, tall * scale);
    map.style.width = `${width}px`;
    map.style.height = `${height}px`;
    picture.width = width * devicePixelRatio;
    picture.height = height * devicePixelRatio;
    pen.scale(devicePixelRatio, devicePixelRatio);
    drawTracks();
    drawCards();
    follow();
  }

  function drawCards() {
    const colours = getComputedStyle(map); // as the theme resolves them
    const ground = canvas.getBoundingClientRect();
    for (const each of all("#plan .card, #plan .sticky")) {
      const edges = each.getBoundingClientRect();
      if (!edges.width) continue;
      pen.fillStyle = colourOf(each, colours);
      pen.fillRect(
        (edges.left - ground.left + canvas.scrollLeft) * scale,
        (edges.top - ground.top + canvas.scrollTop) * scale,
        Math.max(2, edges.width * scale),
        Math.max(1.5, edges.height * scale),
      );
    }
  }

  // From each card to the next of its track, and to the first of each branch.
  function drawTracks() {
    const ground = canvas.getBoundingClientRect();
    pen.strokeStyle = getComputedStyle(map).color;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const station of all("#plan .station")) {
      const from = one(":scope > .stop > .card", station);
      for (const to of from ? following(station) : []) drawLine(from, to, ground);
    }
    pen.stroke();
  }

  /**
   * @param {HTMLElement | null} from
   * @param {HTMLElement} to
   * @param {DOMRect} ground
   */
  function drawLine(from, to, ground) {
    const [above, below] = [from?.getBoundingClientRect(), to.getBoundingClientRect()];
    if (!(above?.width && below.width)) return;
    const left = canvas.scrollLeft - ground.left;
    const top = canvas.scrollTop - ground.top;
    const [x, y] = [(above.left + above.width / 2 + left) * scale, (above.bottom + top) * scale];
    const [toX, toY] = [(below.left + below.width / 2 + left) * scale, (below.top + top) * scale];
    const middle = Math.max(y, Math.min(toY, y + 3));
    pen.moveTo(x, y);
    pen.lineTo(x, middle);
    pen.lineTo(toX, middle);
    pen.lineTo(toX, toY);
  }

  function follow() {
    if (!scale || map.hidden) return;
    frame.style.left = `${canvas.scrollLeft * scale}px`;
    frame.style.top = `${canvas.scrollTop * scale}px`;
    frame.style.width = `${canvas.clientWidth * scale}px`;
    frame.style.height = `${canvas.clientHeight * scale}px`;
  }

  function drawSoon() {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(draw);
  }

  /** @param {PointerEvent} event */
  function goTo(event) {
    const edges = map.getBoundingClientRect();
    canvas.scrollTo(
      (event.clientX - edges.left) / scale - canvas.clientWidth / 2,
      (event.clientY - edges.top) / scale - canvas.clientHeight / 2,
    );
  }

  map.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    map.setPointerCapture(event.pointerId);
    goTo(event);
  });
  map.addEventListener("pointermove", (event) => {
    if (map.hasPointerCapture(event.pointerId)) goTo(event);
  });
  button.addEventListener("click", () => {
    remember(KEY, map.hidden ? "on" : "off");
    draw();
  });
  canvas.addEventListener("scroll", follow, { passive: true });

  const sizes = new ResizeObserver(drawSoon);
  function watch() {
    sizes.disconnect();
    sizes.observe(canvas);
    sizes.observe(must("#plan"));
    drawSoon();
  }
  watch();
  document.addEventListener("htmx:after:swap", watch);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSoon);
}

/**
 * The cards that tracks lead to from a station: the next one, and the first of each of its branches.
 * @param {HTMLElement} station
 */
const following = (station) => [
  ...all(":scope > .points > .siding > .fold > ol > .station:first-child > .stop > .card", station),
  ...nextOf(station),
];

/** @param {HTMLElement} station */
function nextOf(station) {
  let next = station.nextElementSibling;
  while (next && !next.matches(".station")) next = next.nextElementSibling;
  return next ? all(":scope > .stop > .card", next) : [];
}

/**
 * @param {HTMLElement} card
 * @param {CSSStyleDeclaration} colours of the map
 */
function colourOf(card, colours) {
  if (card.matches("[aria-current], .hit, :has([aria-current])")) return colours.outlineColor;
  const bad = one(".state[data-status=failed], .state[data-severity=error]", card);
  return bad ? colours.textDecorationColor : colours.color;
}

function start() {
  const map = one("#map");
  const canvas = one("#canvas");
  const picture = map && as(HTMLCanvasElement, one("canvas", map));
  const pen = picture?.getContext("2d");
  const frame = map && one("span", map);
  const button = as(HTMLButtonElement, one("[data-map]"));
  if (canvas && map && picture && pen && frame && button)
    showMap({ map, canvas, picture, pen, frame, button });
}

start();
