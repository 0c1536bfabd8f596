// Forms: ticking several boxes, narrowing long lists, and fields that depend on another.
import { all, as, asField, asTextField, closest, formOf, one, targetOf } from "./dom.js";

/**
 * <button data-tick="all|none"> ticks the shown boxes of its form.
 * @param {HTMLButtonElement} button
 * @param {HTMLFormElement} form
 */
function tick(button, form) {
  for (const box of all("input[type=checkbox][name=event]:enabled", form)) {
    if (box.closest("[data-word]")?.matches("[hidden]")) continue;
    if (box instanceof HTMLInputElement) box.checked = button.dataset.tick === "all";
  }
  count(form);
}

/**
 * <input data-narrow> leaves of its form's lists what has all of its words.
 * @param {string} text
 * @param {HTMLFormElement} form
 */
function narrow(text, form) {
  const words = text.trim().toLowerCase().split(/\s+/);
  for (const item of all("[data-word]", form)) {
    item.hidden = !words.every((word) => item.dataset.word?.includes(word));
  }
  for (const group of all("fieldset[data-group]", form)) {
    group.hidden = !one("[data-word]:not([hidden])", group);
  }
}

/**
 * Show how many events of a form are ticked.
 * @param {HTMLFormElement} form
 */
function count(form) {
  const shown = one("[data-count]", form);
  if (shown) shown.textContent = `${all("input[name=event]:checked", form).length} chosen`;
}

/**
 * <div data-when="field" data-is="a b"> is shown only while the form's field has one of these values.
 * @param {ParentNode} root
 */
export function showWhen(root) {
  for (const part of all("[data-when]", root)) {
    const chosen = chosenValue(part.closest("form"), part.dataset.when);
    const applies = chosen !== null && (part.dataset.is ?? "").split(" ").includes(chosen);
    part.hidden = !(applies || one("[aria-invalid=true]", part));
    if (applies && part instanceof HTMLDetailsElement) part.open = true;
  }
}

/**
 * @param {HTMLFormElement | null} form
 * @param {string} [name]
 * @returns {string | null}
 */
function chosenValue(form, name = "") {
  const field = form?.elements.namedItem(name);
  return (as(RadioNodeList, field) ?? asField(field))?.value ?? null;
}

document.addEventListener("click", (event) => {
  const button = as(HTMLButtonElement, closest(event, "[data-tick]"));
  if (button?.form) tick(button, button.form);
});

document.addEventListener("input", (event) => {
  const field = asTextField(event.target);
  if (field?.form && field.matches("[data-narrow]")) narrow(field.value, field.form);
});

document.addEventListener("change", (event) => {
  const target = targetOf(event);
  const form = formOf(event);
  const box = as(HTMLInputElement, target);
  if (form && box?.name === "event") count(form);
  if (form && one("[data-when]", form)) showWhen(form);
  if (target?.matches("[data-go]")) form?.requestSubmit();
  if (box?.matches("[data-all]")) tickColumn(box);
});

/**
 * <input data-all="name"> ticks the boxes of that name in its table.
 * @param {HTMLInputElement} box
 */
function tickColumn(box) {
  for (const each of box.closest("table")?.querySelectorAll(`td input[name="${box.dataset.all}"]`) ?? []) {
    if (each instanceof HTMLInputElement) each.checked = box.checked;
  }
}

// Control or Command with Enter sends the form of a text area.
document.addEventListener("keydown", (event) => {
  const area = as(HTMLTextAreaElement, event.target);
  if (area && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    area.form?.requestSubmit();
  }
});
