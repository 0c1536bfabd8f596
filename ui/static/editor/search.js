// Finding what the drawing says: steps with what is written into them, branches with their conditions, notes.
import { all, as, must, one } from "../dom.js";
import { unfold } from "./folds.js";
import { nameOf } from "./page.js";
import { zoomToRead } from "./zoom.js";

const field = as(HTMLInputElement, one("#find"));
let at = -1; // which hit is shown

const hits = () => all("#plan .hit");

/** Mark the hits anew, after the drawing has changed. The one that is shown stays so. */
export function searchAgain() {
  if (!field?.value) return;
  markHits();
  at = hits().findIndex((card) => card.classList.contains("here"));
  showCount();
}

function search() {
  markHits();
  at = -1;
  showCount();
}

const words = () => (field?.value ?? "").trim().toLowerCase().split(/\s+/).filter(Boolean);

const FOUND = "#plan .stop > .card, #plan .way > .label, #plan .sticky";

/** @param {HTMLElement} element */
function textOf(element) {
  const own = `${element.textContent} ${element.title}`;
  const station = element.matches(".card") && element.closest(".station");
  if (!(station instanceof HTMLElement)) return own.toLowerCase();
  const values = element.parentElement?.dataset.values ?? "";
  return `${nameOf(station)} ${station.dataset.kind} ${own} ${values}`.toLowerCase();
}

function markHits() {
  const wanted = words();
  for (const each of all(FOUND)) {
    const text = wanted.length ? textOf(each) : "";
    each.classList.toggle("hit", wanted.length > 0 && wanted.every((word) => text.includes(word)));
  }
  must("#plan").classList.toggle("searched", wanted.length > 0);
}

function showCount() {
  const count = hits().length;
  let text = at < 0 ? `${count} found` : `${at + 1} of ${count}`;
  if (!words().length) text = "";
  must("#found").textContent = text;
}

/** @param {number} by how many hits further */
function go(by) {
  const found = hits();
  if (!found.length) return;
  found[at]?.classList.remove("here");
  at = (at + by + found.length) % found.length;
  const card = found[at];
  if (!card) return;
  unfold(card);
  zoomToRead();
  card.classList.add("here");
  card.scrollIntoView({ block: "center", inline: "center" });
  showCount();
}

field?.addEventListener("input", () => {
  search();
  if (field.value.trim()) go(1);
});

field?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    go(event.key === "ArrowUp" || event.shiftKey ? -1 : 1);
  }
  if (event.key === "Escape") {
    event.preventDefault();
    const card = hits()[at];
    field.value = "";
    search();
    for (const each of all("#plan .here")) each.classList.remove("here");
    (card?.matches("a") ? card : must("#canvas")).focus({ preventScroll: true });
  }
});
