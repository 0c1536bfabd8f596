// The search over any page: by Ctrl+K, or from the header. In the editor it has the editor's commands as well.
import { all, as, closest, must, one } from "./dom.js";

const PAUSE = 120; // milliseconds without a key before the server is asked
const ROWS = "li:not([hidden]) > *";

const dialog = document.createElement("dialog");
dialog.className = "over";

let currentStep = () => ""; // whose commands come first
/** @type {AbortController | null} */
let asking = null;
let timer = 0;
/** Done once the server's entries are those for the text. */
let settled = Promise.resolve();
/** Done once the search shows the server's block. */
let opened = Promise.resolve();

const link = () => as(HTMLAnchorElement, one("a[data-find]"));

/**
 * Let the search begin with the commands of a step.
 * @param {() => string} step the name of the step that the reader is at
 */
export function commandsOf(step) {
  currentStep = step;
}

/** Show the search, or go to its page where it cannot be shown. */
export async function openPalette() {
  if (!link() || one("[data-palette]", dialog)?.checkVisibility()) return;
  opened = begin();
  await opened;
}

/** What is typed before the server has answered is searched for then. */
async function begin() {
  const early = document.createElement("input");
  early.type = "search";
  early.ariaLabel = "Search";
  early.dataset.palette = "";
  const block = document.createElement("div");
  block.className = "palette";
  block.append(early);
  dialog.replaceChildren(block);
  open("Search");
  early.focus();
  const html = await part(addressOf(""), "palette");
  if (html === null) location.assign(addressOf(early.value));
  else if (dialog.open && early.isConnected) {
    show(html);
    const field = as(HTMLInputElement, must("[data-palette]", dialog));
    if (field && early.value) {
      field.value = early.value;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  }
}

/**
 * Show a block of a page in the dialog.
 * @param {string} url
 * @param {string} block the block's id
 * @param {string} label
 * @returns {Promise<boolean>} whether it is shown
 */
export async function openDialog(url, block, label) {
  const html = await part(url, block);
  if (html === null) return false;
  open(label);
  show(html);
  return true;
}

/** @param {string} label */
function open(label) {
  if (!dialog.isConnected) document.body.append(dialog);
  dialog.ariaLabel = label;
  if (!dialog.open) dialog.showModal();
}

/** @param {string} html a block of the server's, in the place of what the dialog shows */
function show(html) {
  dialog.innerHTML = html;
  for (const item of all("[data-script]", dialog)) item.hidden = false;
  htmx.process(dialog);
  must("[data-palette], [data-first-focus]", dialog).focus();
}

/**
 * @param {string} url
 * @param {string} block
 * @param {AbortSignal} [signal]
 * @returns {Promise<string | null>} null where the server has no such block to show
 */
async function part(url, block, signal) {
  const headers = { "HX-Request": "true", "HX-Target": `div#${block}` };
  const answer = await fetch(url, { headers, signal: signal ?? null });
  return answer.ok && !answer.redirected ? answer.text() : null;
}

/** @param {string} text */
function addressOf(text) {
  const url = new URL(link()?.href ?? location.href);
  if (url.searchParams.has("flow")) url.searchParams.set("step", currentStep());
  url.searchParams.set("q", text);
  return url.href;
}

/** @param {string} text */
function narrow(text) {
  const words = text.trim().toLowerCase().split(/\s+/);
  for (const row of all("li[data-word]", dialog)) {
    row.hidden = !words.every((word) => row.dataset.word?.includes(word));
  }
  for (const section of all("section", dialog)) section.hidden = !one(ROWS, section);
  markFirst(text);
}

/** @param {string} text */
function markFirst(text) {
  for (const row of all(".first-hit", dialog)) row.classList.remove("first-hit");
  if (text.trim()) one(ROWS, dialog)?.parentElement?.classList.add("first-hit");
}

/** @param {string} text */
function askSoon(text) {
  clearTimeout(timer);
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  settled = new Promise((done) => {
    timer = setTimeout(() => ask(text, mine.signal).then(done).catch(unlessAborted), PAUSE);
  });
}

/** @param {Error} error */
function unlessAborted(error) {
  if (error.name !== "AbortError") throw error;
}

/**
 * Put what the server finds for the text in the place of what it found before.
 * @param {string} text
 * @param {AbortSignal} signal
 */
async function ask(text, signal) {
  const html = await part(addressOf(text), "matches", signal);
  const matches = one("#matches", dialog);
  if (html === null || !matches || signal.aborted) return;
  matches.outerHTML = html;
  markFirst(text);
  const count = all(ROWS, dialog).length;
  must("[data-count]", dialog).textContent = count === 1 ? "1 result" : `${count} results`;
}

document.addEventListener("click", (event) => {
  if (closest(event, "a[data-find]") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openPalette();
  }
  if (event.target === dialog || closest(event, ".over .palette li > *")) dialog.close();
});

// The editor has keys of its own, among them one for this.
document.addEventListener("keydown", (event) => {
  const pressed = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  if (!pressed || event.key.toLowerCase() !== "k" || event.defaultPrevented) return;
  if (one(".editor") || !link()) return;
  event.preventDefault();
  openPalette();
});

dialog.addEventListener("close", () => {
  clearTimeout(timer);
  asking?.abort();
});

dialog.addEventListener("input", (event) => {
  const field = as(HTMLInputElement, event.target);
  if (!field?.matches("[data-palette]")) return;
  narrow(field.value);
  askSoon(field.value);
});

dialog.addEventListener("keydown", async (event) => {
  if (!one(".palette", dialog)) return;
  if (event.key === "Escape") dialog.close(); // the field would only be emptied, and ask for a second one
  const rows = all(ROWS, dialog);
  const at = rows.findIndex((row) => row === document.activeElement);
  if (event.key === "Enter" && at < 0) {
    event.preventDefault();
    await opened;
    if (!one("li[data-word]:not([hidden])", dialog)) await settled;
    one(ROWS, dialog)?.click();
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (rows[next] ?? one("[data-palette]", dialog))?.focus();
  }
});
