// Steps as text: copied from one flow, pasted into another.
import { as, closest, must } from "../dom.js";
import { currentStation, flowPath, nameOf } from "./page.js";
import { showSaveState } from "./saving.js";
import { selectedSteps } from "./selection.js";

/** The step that the keyboard is at; a trigger is none. */
function currentStep() {
  const station = currentStation();
  return station && station.dataset.kind !== "trigger" ? nameOf(station) : null;
}

/** The selected steps, otherwise the current one. */
function chosenSteps() {
  const selected = selectedSteps();
  const current = currentStep();
  return selected.length || current === null ? selected : [current];
}

/**
 * Copy steps as JSON.
 * @param {string[]} [steps] their names
 */
export async function copySteps(steps = chosenSteps()) {
  if (!steps.length) return;
  const answer = await fetch(
    `${flowPath()}/copy?${new URLSearchParams(steps.map((name) => ["steps", name]))}`,
  );
  if (!answer.ok) return;
  await navigator.clipboard.writeText(JSON.stringify(await answer.json(), null, 2));
  showSaveState("good", steps.length === 1 ? "Copied 1 step" : `Copied ${steps.length} steps`);
}

document.addEventListener("click", (event) => {
  const link = as(HTMLAnchorElement, closest(event, "a[data-command=copy]"));
  if (!link) return;
  event.preventDefault();
  copySteps(new URL(link.href).searchParams.getAll("steps"));
});

document.addEventListener("paste", (event) => {
  if (closest(event, "input, textarea, dialog")) return;
  const clipboard = event.clipboardData?.getData("text/plain") ?? "";
  if (!/"switchyard"\s*:\s*"steps"/.test(clipboard)) return;
  event.preventDefault();
  const step = currentStep();
  const place = step === null ? "start" : `after:${step}`;
  htmx.ajax("POST", `${flowPath()}/commands/paste`, {
    source: must("#edit"),
    target: "#panel",
    swap: "none",
    values: { place, clipboard },
  });
});
