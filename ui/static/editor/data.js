// The tree of data: a click or a drop puts a path into a field.
import { all, asTextField, closest, must, one, targetOf } from "../dom.js";
import { latestField } from "./completion.js";
import { isDirty } from "./saving.js";

/** @typedef {import("../dom.js").TextField} TextField */

const PATH = "application/x-path"; // what is dragged

/**
 * Put a path where the cursor is; into a template between braces.
 * @param {TextField} field
 * @param {string} path
 * @param {number} at
 */
function insert(field, path, at) {
  const before = field.value.slice(0, at);
  const inside = before.lastIndexOf("{{") > before.lastIndexOf("}}");
  const text = field.dataset.expr === "template" && !inside ? `{{ ${path} }}` : path;
  field.setRangeText(text, at, field.selectionEnd ?? at, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const leaf = closest(event, ".leaf");
  if (leaf) {
    event.preventDefault();
    const field = latestField() ?? asTextField(one("#panel-form [data-expr]"));
    if (field) insert(field, leaf.dataset.insert ?? "", field.selectionStart ?? field.value.length);
  }
  if (closest(event, "[data-close-data]")) {
    must("#data").hidden = true;
    one("[data-open-data]")?.focus();
  }
});

document.addEventListener("dragstart", (event) => {
  const leaf = closest(event, ".leaf");
  if (leaf) event.dataTransfer?.setData(PATH, leaf.dataset.insert ?? "");
});

document.addEventListener("dragover", (event) => {
  if (targetOf(event)?.matches("[data-expr]") && event.dataTransfer?.types.includes(PATH))
    event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const field = asTextField(event.target);
  const path = field?.matches("[data-expr]") && event.dataTransfer?.getData(PATH);
  if (!(field && path)) return;
  event.preventDefault();
  insert(field, path, field.value.length);
});

document.addEventListener("htmx:after:swap", (event) => {
  for (const field of all("[data-clear]").map(asTextField)) if (field && !isDirty()) field.value = "";
  if (targetOf(event)?.matches("[data-open-data]")) one("#data-q")?.focus();
});
