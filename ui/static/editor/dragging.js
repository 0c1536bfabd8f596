// A card is dragged onto an insert button; "Move to …" does the same by keyboard.
import { all, closest, must, one } from "../dom.js";
import { flowPath, nameOf, stationOf } from "./page.js";
import { selectedSteps } from "./selection.js";

/** @type {string[]} */
let dragged = [];

document.addEventListener("dragstart", (event) => {
  const station = closest(event, ".edit .station");
  if (!(closest(event, "a.card") && station && event.dataTransfer) || station.dataset.kind === "trigger")
    return;
  const own = nameOf(station);
  const selected = selectedSteps();
  dragged = selected.includes(own) ? selected : [own];
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("application/x-steps", dragged.join(","));
  must(".plan.edit").classList.add("dragging");
});

/**
 * The insert button that an event is on, unless it lies within what is dragged.
 * @param {DragEvent} event
 */
function dropTarget(event) {
  const target = dragged.length ? closest(event, ".insert[data-place]") : null;
  const within = target && dragged.some((name) => stationOf(name)?.contains(target));
  return within ? null : target;
}

document.addEventListener("dragover", (event) => {
  const target = dropTarget(event);
  for (const each of all(".insert.target")) if (each !== target) each.classList.remove("target");
  if (!target) return;
  event.preventDefault();
  target.classList.add("target");
});

document.addEventListener("drop", (event) => {
  const target = dropTarget(event);
  if (!target) return;
  event.preventDefault();
  htmx.ajax("POST", `${flowPath()}/commands/move`, {
    source: must("#edit"),
    target: "#panel",
    swap: "none",
    values: { place: target.dataset.place, moved: dragged },
  });
});

document.addEventListener("dragend", () => {
  dragged = [];
  one(".plan.edit")?.classList.remove("dragging");
  for (const each of all(".insert.target")) each.classList.remove("target");
});
