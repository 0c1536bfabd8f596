// Looking at the drawing: what is folded, found and how large it is. Nothing of this changes the flow.
import { one } from "../dom.js";
import { applyFolds, unfold } from "./folds.js";
import { searchAgain } from "./search.js";
import { applyZoom } from "./zoom.js";

// A link to a step shows it, also where it was folded away.
function showTarget() {
  if (!location.hash.startsWith("#at-")) return;
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!wanted) return;
  unfold(wanted);
  wanted.scrollIntoView({ block: "center", inline: "center" });
}

addEventListener("hashchange", showTarget);

document.addEventListener("htmx:after:swap", () => {
  applyFolds();
  searchAgain();
});

if (one("#canvas")) {
  applyFolds();
  applyZoom();
  showTarget();
}
