// Changes: each goes to its button's own address with the newest revision, and what is typed is saved by itself.
import { as, asField, asTextField, closest, formOf, one, targetOf } from "../dom.js";
import { revision } from "./page.js";
import { growRows } from "./rows.js";

const PAUSE = 900; // milliseconds without a key before what was typed is saved

let timer = 0;
let dirty = false; // something was typed and is not on its way yet
/** Changes on their way, until the page shows the answer. @type {Set<object>} */
const sending = new Set();

/** Whether something was typed and is not on its way to the server yet. */
export const isDirty = () => dirty;

/**
 * <html data-unsaved> while something is typed or on its way: whoever drives the page waits for its end.
 * @param {boolean} [typed]
 */
function noteUnsaved(typed = dirty) {
  dirty = typed;
  document.documentElement.toggleAttribute("data-unsaved", dirty || sending.size > 0);
}

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.request.method === "POST") sending.add(ctx);
  noteUnsaved();
});

document.addEventListener("htmx:finally:request", (event) => {
  sending.delete(event.detail.ctx);
  noteUnsaved();
});

/** Save when the field is left, not before. */
export const holdSaving = () => clearTimeout(timer);

/**
 * Say in the bar what became of a change.
 * @param {"saving" | "good" | "bad"} state
 * @param {string} text
 */
export function showSaveState(state, text) {
  const saved = one("#saved");
  if (!saved) return;
  saved.dataset.state = state;
  saved.textContent = text;
}

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  const own = request.submitter?.getAttribute("formaction");
  if (own && request.submitter?.getAttribute("formmethod") !== "get") request.action = own;
});

// The revision is the newest one when a change's turn comes.
document.addEventListener("htmx:before:request", (event) => {
  const { request, sourceElement } = event.detail.ctx;
  const body = request.body;
  if (request.method !== "POST" || !(body instanceof FormData || body instanceof URLSearchParams)) return;
  if (!body.has("revision")) return;
  // While another's change of the same part stands between, the form keeps the revision it was begun on.
  if (!(one("#behind") && sourceElement.closest("#panel"))) body.set("revision", revision());
  if (sourceElement.matches("[data-autosave]")) showSaveState("saving", "Saving …");
});

document.addEventListener("htmx:error", () => {
  showSaveState("bad", "Not saved: no answer. Your text is still here.");
});

/**
 * @param {HTMLFormElement} form
 * @param {number} delay milliseconds
 */
function saveSoon(form, delay) {
  holdSaving();
  noteUnsaved(true);
  timer = setTimeout(() => save(form), delay);
}

/** @param {HTMLFormElement} form */
function save(form) {
  holdSaving();
  if (!(dirty && form.isConnected)) return;
  noteUnsaved(false);
  form.requestSubmit();
}

/**
 * Whether a refused change waits for a decision. Beside one nothing is saved by itself: that would go over what
 * another has made. What is written on belongs to the change that waits.
 * @param {HTMLElement} target
 */
function undecided(target) {
  const field = asField(target);
  const form = as(HTMLFormElement, one("#conflict form"));
  const waiting = field && as(HTMLInputElement, form?.elements.namedItem(field.name));
  if (waiting && field && !field.matches("[type=checkbox], [type=radio]")) waiting.value = field.value;
  return one("#conflict") !== null;
}

document.addEventListener("input", (event) => {
  const target = targetOf(event);
  const form = formOf(event);
  if (!(target && form?.matches("[data-autosave]")) || target.matches("[data-still]") || undecided(target))
    return;
  if (target instanceof HTMLInputElement && target.matches("[data-rows] input")) growRows(target);
  // A half-written expression is no reason to complain: those are saved when the field is left.
  if (target.matches("[data-expr=expression]") || isHalfWritten(target)) {
    holdSaving();
    noteUnsaved(true);
  } else if (target.matches("input:not([type=checkbox], [type=radio]), textarea")) saveSoon(form, PAUSE);
});

/** @param {HTMLElement} target */
function isHalfWritten(target) {
  const text = asTextField(target)?.value ?? "";
  return target.matches("[data-expr=template]") && text.split("{{").length !== text.split("}}").length;
}

document.addEventListener("change", (event) => {
  const target = targetOf(event);
  const form = formOf(event);
  if (!(target && form?.matches("[data-autosave]")) || target.matches("[data-still]") || undecided(target))
    return;
  saveSoon(form, 0);
});

document.addEventListener(
  "submit",
  (event) => {
    holdSaving();
    noteUnsaved(false);
    const menu = event.submitter?.closest("details.menu");
    if (menu instanceof HTMLDetailsElement) menu.open = false;
  },
  true,
);

// What was typed and not saved goes first when the panel is about to show something else.
const LEAVES = "a[hx-target='#panel'], #plan a[hx-get], button[form=edit], #edit button";

document.addEventListener(
  "click",
  (event) => {
    const form = dirty && closest(event, LEAVES) && as(HTMLFormElement, one("#panel-form"));
    if (form) save(form);
  },
  true,
);

addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});
