// Which flow, step and sample the page shows.
import { as, must, one } from "../dom.js";

/** The path of the flow; the page of a test stands below it. */
export const flowPath = () => must("#newer").dataset.at ?? "";

/** The revision of the draft that the page shows. */
export const revision = () => as(HTMLInputElement, one("#revision"))?.value ?? "";

/** The name of the step that the panel shows, or "". */
export const shownStep = () => one("#panel")?.dataset.step ?? "";

/** The name of the sample that was chosen for expressions, or "": the server takes one that comes to the step. */
export const chosenSample = () =>
  as(HTMLSelectElement, one("#data-sample"))?.value ?? sessionStorage.getItem(sampleKey()) ?? "";

/** Under what is remembered which sample somebody chose for the step: another may not come to the next one. */
const sampleKey = () => `sample:${flowPath()}:${shownStep()}`;

/**
 * The name of the step or trigger that an element of the drawing stands for.
 * @param {Element} station
 */
export const nameOf = (station) => station.id.slice("at-".length);

/**
 * The element of the drawing that stands for a step or trigger.
 * @param {string} name
 */
export const stationOf = (name) => one(`#at-${CSS.escape(name)}`);

/** What the keyboard is at: the step that has the focus, otherwise the one in the panel. */
export function currentStation() {
  const focused = document.activeElement?.closest(".edit .station");
  if (focused instanceof HTMLElement) return focused;
  return shownStep() ? stationOf(shownStep()) : null;
}

document.addEventListener("change", (event) => {
  const select = as(HTMLSelectElement, event.target);
  if (select?.id === "data-sample") sessionStorage.setItem(sampleKey(), select.value);
});
