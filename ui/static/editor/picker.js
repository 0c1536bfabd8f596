// The list of what can be put in: search, and the keyboard from the search to a hit.
import { all, as, closest, must, one } from "../dom.js";

const SEARCH = "[data-first]";
const HIT = ".picker .pick-one";

/** @param {ParentNode} root */
const shownHits = (root) => all(HIT, root).filter((each) => each.offsetParent);

/**
 * What Enter takes: a hit with the words in its own name comes before one with the words in its piece's name, and
 * that before one that has them in its description.
 * @param {HTMLElement[]} hits
 * @param {string[]} words
 */
function bestHit(hits, words) {
  /** @param {string} text */
  const matches = (text) => words.every((word) => text.toLowerCase().includes(word));
  /** @param {HTMLElement} hit */
  const own = (hit) => must("b", hit).textContent;
  /** @param {HTMLElement} hit */
  const piece = (hit) => hit.closest("fieldset")?.querySelector("legend")?.textContent ?? "";
  return (
    hits.find((hit) => matches(`${own(hit)} `)) ??
    hits.find((hit) => matches(`${own(hit)} ${piece(hit)}`)) ??
    hits[0]
  );
}

document.addEventListener("input", (event) => {
  const search = as(HTMLInputElement, closest(event, SEARCH));
  if (!search?.form) return;
  const hits = shownHits(search.form);
  for (const each of all(".first-hit", search.form)) each.classList.remove("first-hit");
  if (search.value) {
    const best = bestHit(hits, search.value.toLowerCase().split(/\s+/));
    best?.classList.add("first-hit");
    best?.scrollIntoView({ block: "nearest" });
  }
  must("[data-none]", search.form).hidden = hits.length > 0;
});

document.addEventListener("keydown", (event) => {
  const search = closest(event, SEARCH);
  const focused = closest(event, HIT);
  if (!(search || focused)) return;
  const hits = shownHits(document);
  if (search && event.key === "Enter") {
    event.preventDefault();
    (hits.find((hit) => hit.matches(".first-hit")) ?? hits[0])?.click();
  }
  const at = focused ? hits.indexOf(focused) : -1;
  if ((search || at >= 0) && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const next = hits[event.key === "ArrowDown" ? at + 1 : at - 1];
    (next ?? (event.key === "ArrowUp" ? one(SEARCH) : null))?.focus();
  }
});
