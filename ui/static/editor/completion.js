// Below a field that takes an expression: what can be written next, and what the expression gives so far.
import { all, asTextField, closest, one } from "../dom.js";
import { flowPath } from "./page.js";
import { questionOf } from "./previews.js";
import { holdSaving } from "./saving.js";

/** @typedef {import("../dom.js").TextField} TextField */
/** @typedef {import("./previews.js").Preview} Preview */

/**
 * @typedef {object} Completion
 * @property {string} label
 * @property {string} insert
 * @property {string} kind
 * @property {string} [help]
 */

/**
 * @typedef {object} Offer
 * @property {number} start where in the text a completion goes
 * @property {Completion[]} items
 * @property {Preview | null} [preview]
 */

const NOTHING = Object.freeze({ start: 0, items: [] });
const PAUSE = 160; // milliseconds without a key before the server is asked
const MARGIN = 8; // pixels between the box and the edge of the window
const NARROWEST = 240; // pixels

const box = document.createElement("div");
box.className = "helper";
box.hidden = true;
const result = document.createElement("p");
result.className = "given";
result.setAttribute("role", "status");
const list = document.createElement("ul");
list.id = "completions";
list.setAttribute("role", "listbox");
list.ariaLabel = "Completions";
box.append(result, list);
one(".editor")?.append(box);

/** @type {TextField | null} */
let field = null; // that is being written in
/** @type {TextField | null} */
let latest = null; // that was written in
/** @type {Offer} */
let offer = NOTHING;
let chosen = -1;
let question = 0;
let timer = 0;

/** The field with an expression that had the focus last, if it is still on the page. */
export const latestField = () => (latest?.isConnected ? latest : null);

/**
 * @param {TextField} asked
 * @param {number} [delay] milliseconds
 */
function askSoon(asked, delay = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(asked), delay);
}

/** @param {TextField} asked */
async function ask(asked) {
  question += 1;
  const mine = question;
  const cursor = String(asked.selectionStart ?? asked.value.length);
  const body = new URLSearchParams({ ...questionOf(asked), cursor });
  try {
    const answer = await fetch(`${flowPath()}/expression`, { method: "POST", body });
    if (!answer.ok) return;
    /** @type {Offer} */
    const offered = await answer.json();
    if (mine !== question || document.activeElement !== asked) return;
    offer = offered;
  } catch {
    return; // without an answer there is nothing to offer
  }
  show(asked);
}

/** @param {TextField} shown */
function show(shown) {
  const { items, preview } = offer;
  if (preview?.error) holdSaving(); // it is saved when the field is left
  const plain = shown.dataset.expr === "template" && !shown.value.includes("{{");
  showResult(preview ?? null, plain || isUnfinished(shown, preview ?? null));
  list.replaceChildren(...items.map(optionOf));
  list.hidden = items.length === 0;
  box.hidden = result.hidden && list.hidden;
  choose(begunAt(shown) < 0 ? -1 : 0);
  place(shown);
  shown.setAttribute("aria-controls", list.id);
}

/**
 * Whether an error is only that the text is not written to its end: that is no reason to complain yet.
 * @param {TextField} shown
 * @param {Preview | null} preview
 */
const isUnfinished = (shown, preview) =>
  Boolean(preview?.error) &&
  (shown.value.split("{{").length !== shown.value.split("}}").length ||
    (preview?.column ?? 0) >= shown.value.trimEnd().length);

/**
 * Where a name is begun at the cursor that the first completion goes on with; -1 where none is: Enter and Tab mean
 * something else then.
 * @param {TextField} shown
 */
function begunAt(shown) {
  const first = offer.items[0];
  const begun = begunIn(shown);
  return first && begun && first.insert !== begun ? offer.start : -1;
}

/** @param {TextField} shown */
const begunIn = (shown) => shown.value.slice(offer.start, shown.selectionStart ?? shown.value.length);

/**
 * Let go of a choice that no longer goes on with what is written: it was offered for an older text, which Enter and
 * Tab must not bring back.
 * @param {TextField} written
 */
function dropStaleChoice(written) {
  question += 1; // an answer that is on its way is for the older text, too
  const begun = begunIn(written);
  const insert = offer.items[chosen]?.insert;
  if (insert && (insert === begun || !insert.startsWith(begun))) choose(-1);
}

/**
 * @param {Preview | null} preview
 * @param {boolean} plain whether there is nothing to say: no expression yet, or one that is begun
 */
function showResult(preview, plain) {
  result.hidden = !preview || plain;
  result.className = `given${preview?.error ? " bad" : ""}`;
  result.textContent = "";
  if (preview?.error) result.textContent = `${preview.error} (at character ${(preview.column ?? 0) + 1})`;
  else if (preview) result.textContent = `→ ${preview.shown}${preview.sample ? ` (${preview.sample})` : ""}`;
}

/**
 * @param {Completion} item
 * @param {number} at
 */
function optionOf(item, at) {
  const row = document.createElement("li");
  row.id = `completion-${at}`;
  row.role = "option";
  row.ariaSelected = "false";
  const name = document.createElement("b");
  name.textContent = item.label;
  const help = document.createElement("small");
  help.textContent = item.help || item.kind;
  row.append(name, help);
  row.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take(at);
  });
  return row;
}

/** @param {TextField} shown */
function place(shown) {
  const edges = shown.getBoundingClientRect();
  const wide = document.documentElement.clientWidth - 2 * MARGIN;
  const width = Math.min(wide, Math.max(edges.width, NARROWEST));
  const below = innerHeight - edges.bottom - MARGIN;
  const above = box.scrollHeight > below && edges.top > below;
  box.style.width = `${width}px`;
  box.style.left = `${Math.max(MARGIN, Math.min(edges.left, wide + MARGIN - width))}px`;
  box.style.maxHeight = `${(above ? edges.top : below) - MARGIN}px`;
  box.style.top = above ? "auto" : `${edges.bottom + 4}px`;
  box.style.bottom = above ? `${innerHeight - edges.top + 4}px` : "auto";
}

/** @param {number} at */
function choose(at) {
  chosen = at;
  for (const [index, row] of all("li", list).entries()) {
    row.ariaSelected = String(index === at);
    if (index === at) row.scrollIntoView({ block: "nearest" });
  }
  if (at >= 0) field?.setAttribute("aria-activedescendant", `completion-${at}`);
  else field?.removeAttribute("aria-activedescendant");
}

/** @param {number} at */
function take(at) {
  const item = offer.items[at];
  if (!(item && field)) return;
  field.setRangeText(item.insert, offer.start, field.selectionStart ?? field.value.length, "end");
  if (item.insert.endsWith("()") && field.selectionStart !== null) {
    field.setSelectionRange(field.selectionStart - 1, field.selectionStart - 1);
  }
  hide(); // so that the next Tab moves on, until more is offered
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function hide() {
  question += 1;
  box.hidden = true;
  offer = NOTHING;
  choose(-1);
}

document.addEventListener("focusin", (event) => {
  const focused = asTextField(closest(event, "[data-expr]"));
  if (focused) {
    field = focused;
    latest = focused;
    if (focused.dataset.expr === "expression" || focused.value.includes("{{")) askSoon(focused, 0);
  } else if (!(event.target instanceof Node && box.contains(event.target))) {
    field = null;
    hide();
  }
});

document.addEventListener("focusout", (event) => {
  if (event.target === field) hide();
});

document.addEventListener("input", (event) => {
  const written = asTextField(event.target);
  if (!written?.matches("[data-expr]")) return;
  dropStaleChoice(written);
  askSoon(written);
});

document.addEventListener(
  "scroll",
  () => {
    if (field && !box.hidden) place(field);
  },
  true,
);

document.addEventListener("htmx:after:swap", () => {
  if (field && !box.hidden) place(field);
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!field || event.target !== field || box.hidden) return;
    const count = offer.items.length;
    if (event.key === "Escape") {
      hide();
      event.stopPropagation();
      event.preventDefault();
    } else if (count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose((chosen + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (count && (event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
      event.preventDefault();
      take(chosen);
    }
  },
  true,
);
