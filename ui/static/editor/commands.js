// Keys: what each does, and the arrows from card to card.
import { all, as, closest, must, one, targetOf } from "../dom.js";
import { commandsOf, openDialog, openPalette } from "../palette.js";
import { copySteps } from "./clipboard.js";
import { fillMenu } from "./menus.js";
import { currentStation, flowPath, nameOf } from "./page.js";
import { selectedSteps } from "./selection.js";

/** @type {Record<string, string>} */
const commandOf = JSON.parse(one(".editor")?.dataset.keys ?? "{}");

/** What a command on one step is called for several. @type {Record<string, string>} */
const forSeveral = {
  delete_steps: "delete_selected",
  duplicate_step: "duplicate_selected",
  set_skip: "skip_selected",
  move_steps: "move_selected",
};

commandsOf(() => {
  const station = currentStation();
  return station ? nameOf(station) : "";
});

/** Show which key does what. */
function openKeys() {
  const next = encodeURIComponent(location.pathname + location.search);
  openDialog(`${flowPath().split("/flows/")[0]}/keys/list?next=${next}`, "keylist", "Keys");
}

/** @type {Record<string, () => void>} */
const own = {
  palette: openPalette,
  keys: openKeys,
  copy: () => copySteps(),
  find: () => {
    const search = as(HTMLInputElement, must("#find"));
    search?.select();
    search?.focus();
  },
};

/**
 * @param {KeyboardEvent} event
 * @returns {string} such as `Ctrl+Shift+Z`
 */
function keyOf(event) {
  const control = event.ctrlKey || event.metaKey;
  const named = event.key.length > 1;
  const key = control && !named ? event.key.toUpperCase() : event.key;
  const shift = event.shiftKey && (named || control || /[a-z]/i.test(event.key));
  const parts = [];
  if (control) parts.push("Ctrl");
  if (shift) parts.push("Shift");
  parts.push(shift && !named ? key.toUpperCase() : key);
  return parts.join("+");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const key = keyOf(event);
  const command = commandOf[key] ?? (key === "Ctrl+Y" ? "redo" : undefined);
  const target = targetOf(event);
  const typing =
    target?.matches("input:not([type=checkbox], [type=radio]), textarea, select") ||
    target?.closest("dialog");
  if (!command || (typing && command !== "palette")) return;
  if (command === "paste") return; // the browser's own event brings the text
  if (command === "copy" && String(getSelection())) return;
  if (perform(command)) event.preventDefault();
});

/**
 * Press what a person would press for the command.
 * @param {string} command
 * @returns {boolean} whether there was anything to press
 */
function perform(command) {
  if (own[command]) {
    own[command]();
    return true;
  }
  const station = currentStation();
  fillMenu(station && one(":scope > .stop > .menu", station));
  if (command === "set_title" && one("#f-title")) {
    one("#f-title")?.focus();
    return true;
  }
  const button =
    (selectedSteps().length &&
      forSeveral[command] &&
      one(`#picked [formaction$="/${forSeveral[command]}"]`)) ||
    (station && one(`:scope > .stop [data-command="${command}"]`, station)) ||
    (command === "add_step" && insertAfter(station)) ||
    (command === "add_trigger" && addTrigger()) ||
    one(`#bar [data-command="${command}"], #tools [data-command="${command}"]`);
  if (!button || as(HTMLButtonElement, button)?.disabled) return false;
  button.click();
  return true;
}

/** @param {HTMLElement | null} station */
const insertAfter = (station) =>
  (station && one(`[data-place="after:${CSS.escape(nameOf(station))}"]`, station)) ||
  one(".insert[data-place=start]");

function addTrigger() {
  const trigger = one("#plan .station[data-kind=trigger]");
  if (!trigger) return one("#plan .empty-card");
  fillMenu(one(".menu", trigger));
  return one("[data-command=add_trigger]", trigger);
}

// Up and down along the track, left and right to the branch beside.
document.addEventListener("keydown", (event) => {
  const card = closest(event, "#plan a.card");
  if (!(card && event.key.startsWith("Arrow"))) return;
  if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const next =
    event.key === "ArrowDown" || event.key === "ArrowUp" ? along(card, event.key) : beside(card, event.key);
  if (!next) return;
  event.preventDefault();
  next.focus();
});

/** @param {ParentNode} root */
const shownCards = (root) => all("a.card", root).filter((card) => card.offsetParent);

/**
 * @param {HTMLElement} card
 * @param {"ArrowDown" | "ArrowUp"} key
 */
function along(card, key) {
  const cards = shownCards(must("#plan"));
  return cards[cards.indexOf(card) + (key === "ArrowDown" ? 1 : -1)];
}

/**
 * @param {HTMLElement} card
 * @param {string} key `ArrowLeft` or `ArrowRight`
 */
function beside(card, key) {
  const to = key === "ArrowLeft" ? "previousElementSibling" : "nextElementSibling";
  let siding = card.closest(".siding")?.[to];
  while (siding && !shownCards(siding).length) siding = siding[to];
  return siding && shownCards(siding)[0];
}
