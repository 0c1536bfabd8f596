// After a test the view comes to what matters: the first step that failed, otherwise the last one that was reached.
import { all, one } from "../dom.js";
import { unfold } from "./folds.js";
import { zoomToRead } from "./zoom.js";

const FAILED = "#plan .station:is([data-status=failed], [data-status=timed_out]) > .stop > .card";
const REACHED =
  "#plan .station:is([data-status=succeeded], [data-status=waiting], [data-status=running]) > .stop > .card";

let shown = ""; // which step of which run the view came to

/** The card that a run is about. A router or loop whose step has failed is not where it failed. */
function cardOfRun() {
  const failed = all(FAILED).find((card) => card.closest(".station")?.querySelectorAll(FAILED).length === 1);
  return failed ?? all(REACHED).at(-1);
}

function follow() {
  const run = new URLSearchParams(location.search).get("run");
  const card = run && one("#lit:not([hidden])") ? cardOfRun() : null;
  const place = card ? `${run} ${card.closest(".station")?.id}` : "";
  if (!card || place === shown) return;
  shown = place;
  unfold(card);
  zoomToRead();
  card.scrollIntoView({ block: "center", inline: "center" });
}

if (one("#canvas")) {
  document.addEventListener("htmx:after:swap", follow);
  // A link to one step or to a place of the drawing goes there.
  if (!location.hash.startsWith("#at-")) follow();
}
