// Folding: the address says which branches are folded, and the browser remembers it for the next visit.
import { all, as, closest, one } from "../dom.js";
import { recall, remember } from "../storage.js";

const FOLD = "#plan details.fold";
const KEY = `folded:${one(".editor")?.dataset.flow ?? ""}`;

const asked = new URLSearchParams(location.search).get("fold");
const folded = new Set((asked ?? recall(KEY) ?? "").split("~").filter(Boolean));

/** @returns {HTMLDetailsElement[]} */
const branches = () => all(FOLD).filter((each) => each instanceof HTMLDetailsElement);

/** @param {HTMLElement} branch */
const markOf = (branch) => branch.dataset.fold ?? "";

/** Fold and unfold the drawing as it should be. */
export function applyFolds() {
  const every = folded.delete("all");
  for (const branch of branches()) {
    if (every) folded.add(markOf(branch));
    branch.open = !folded.has(markOf(branch));
  }
  updateAddress();
}

// A link that is followed knows nothing of it: the address is put right afterwards.
function updateAddress() {
  const marks = branches().map(markOf);
  const closed = marks.filter((mark) => folded.has(mark));
  const text = marks.length && closed.length === marks.length ? "all" : closed.join("~");
  remember(KEY, text);
  const to = new URL(location.href);
  if ((to.searchParams.get("fold") ?? "") === text) return;
  if (text) to.searchParams.set("fold", text);
  else to.searchParams.delete("fold");
  history.replaceState(history.state, "", to);
}

/**
 * Open every branch around an element.
 * @param {Element} element
 */
export function unfold(element) {
  let branch = as(HTMLDetailsElement, element.closest("details.fold"));
  while (branch) {
    branch.open = true;
    folded.delete(markOf(branch));
    branch = as(HTMLDetailsElement, branch.parentElement?.closest("details.fold"));
  }
  updateAddress();
}

document.addEventListener("click", (event) => {
  const branch = as(HTMLDetailsElement, closest(event, `${FOLD} > summary`)?.parentElement);
  if (branch) {
    if (branch.open)
      folded.add(markOf(branch)); // it is about to be closed
    else folded.delete(markOf(branch));
    updateAddress();
  }
  const link = closest(event, "a[data-fold-all]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  folded.clear();
  if (link.dataset.foldAll === "shut") for (const each of branches()) folded.add(markOf(each));
  applyFolds();
});
