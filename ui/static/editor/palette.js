// A dialog over the drawing: the list of commands, and the list of keys.
import { all, as, closest, must, one } from "../dom.js";
import { currentStation, flowPath, nameOf } from "./page.js";

const dialog = document.createElement("dialog");
dialog.className = "over";
dialog.ariaLabel = "Commands";
one(".editor")?.append(dialog);

/** Show the commands, those of the current step first. */
export function openPalette() {
  const station = currentStation();
  const step = encodeURIComponent(station ? nameOf(station) : "");
  open(`${flowPath()}/palette?step=${step}`, "palette", "Commands");
}

/** Show which key does what. */
export function openKeys() {
  const next = encodeURIComponent(location.pathname + location.search);
  open(`${flowPath().split("/flows/")[0]}/keys/list?next=${next}`, "keylist", "Keys");
}

/**
 * @param {string} url
 * @param {string} block the part of that page
 * @param {string} label
 */
async function open(url, block, label) {
  const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": `div#${block}` } });
  if (!answer.ok) return;
  dialog.innerHTML = await answer.text();
  for (const item of all("[data-script]", dialog)) item.hidden = false;
  htmx.process(dialog);
  dialog.ariaLabel = label;
  dialog.showModal();
  must("[data-palette], [data-first-focus]", dialog).focus();
}

document.addEventListener("click", (event) => {
  if (closest(event, "a[data-command=palette]") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openPalette();
  }
  if (event.target === dialog || closest(event, ".over .palette li > *")) dialog.close();
});

dialog.addEventListener("input", (event) => {
  const text = as(HTMLInputElement, event.target)?.value ?? "";
  const words = text.trim().toLowerCase().split(/\s+/);
  const rows = all("li", dialog);
  for (const row of rows) {
    row.hidden = !words.every((word) => row.dataset.word?.includes(word));
    row.classList.remove("first-hit");
  }
  if (text) rows.find((row) => !row.hidden)?.classList.add("first-hit");
});

dialog.addEventListener("keydown", (event) => {
  if (!one(".palette", dialog)) return;
  if (event.key === "Escape") dialog.close(); // the field would only be emptied, and ask for a second one
  const rows = all("li:not([hidden]) > *", dialog);
  const at = rows.findIndex((row) => row === document.activeElement);
  if (event.key === "Enter" && at < 0) {
    event.preventDefault();
    rows[0]?.click();
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (rows[next] ?? one("[data-palette]", dialog))?.focus();
  }
});
