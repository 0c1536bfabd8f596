// Changes: each goes to its button's own address with the newest revision, and what is typed is saved by itself.
import { as, asField, asTextField, closest, formOf, one, targetOf } from "../dom.js";
import { revision } from "./page.js";
import { growRows } from "./rows.js";
import { isLarge, panelFormOf, storeLeaving, storeUnsaved } from "./unsaved.js";

const PAUSE = 900; // milliseconds without a key before what was typed is saved

let timer = 0;
let dirty = false; // something was typed and is not on its way yet
/** The form that it was typed into. @type {HTMLFormElement | null} */
let typedInto = null;
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

// The answer to what is saved while the panel is left does not come back into it.
document.addEventListener("htmx:config:request", (event) => {
  const { request, sourceElement } = event.detail.ctx;
  const body = request.body;
  if (sourceElement !== leaving || !(body instanceof FormData || body instanceof URLSearchParams)) return;
  body.set("leave", "1");
  leaving = null;
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
  typedInto = form;
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

/**
 * What stands in the field is not saved by itself now, but not lost either: it is stored where it is.
 * @param {HTMLFormElement} form
 */
function storeSoon(form) {
  holdSaving();
  typedInto = form;
  noteUnsaved(true);
  timer = setTimeout(() => storeUnsaved(form), PAUSE);
}

document.addEventListener("input", (event) => {
  const target = targetOf(event);
  const form = formOf(event);
  if (!target || target.matches("[data-still]")) return;
  if (!form?.matches("[data-autosave]")) {
    const kept = panelFormOf(target);
    if (kept) storeSoon(kept);
    return;
  }
  if (undecided(target)) return;
  if (target instanceof HTMLInputElement && target.matches("[data-rows] input")) growRows(target);
  // A half-written expression is no reason to complain: those are saved when the field is left.
  if (target.matches("[data-expr=expression]") || isHalfWritten(target)) {
    storeSoon(form);
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
    if (event.target === typedInto) {
      holdSaving();
      noteUnsaved(false);
    }
    const menu = event.submitter?.closest("details.menu");
    if (menu instanceof HTMLDetailsElement) menu.open = false;
  },
  true,
);

// What was typed and not saved goes first when the panel is about to show something else, and what it shows then
// waits for it in the same queue.
const LEAVES = "a[hx-target='#panel'], #plan a[hx-get], button[form=edit], #edit button";
/** The form whose panel is being left. @type {Element | null} */
let leaving = null;

document.addEventListener(
  "click",
  (event) => {
    const control = closest(event, LEAVES);
    const form = typedInto;
    if (!(control && dirty && form?.isConnected) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (control.matches("a")) control.setAttribute("hx-sync", "#edit:queue all");
    if (form.matches("[data-autosave]")) {
      if (control.matches("a")) leaving = form;
      save(form);
      return;
    }
    holdSaving();
    storeUnsaved(form);
    noteUnsaved(false);
  },
  true,
);

// Back and forward within the page: what is typed is stored first.
document.addEventListener("htmx:before:history:restore", (event) => {
  if (!(dirty && typedInto?.isConnected)) return;
  event.preventDefault();
  holdSaving();
  storeLeaving(typedInto).then(() => location.reload());
  noteUnsaved(false);
});

// The page itself is left: by a link, by a reload, by closing it.
addEventListener("pagehide", () => {
  const form = typedInto?.isConnected ? typedInto : null;
  if (form && (dirty || sending.size > 0)) storeLeaving(form);
});

addEventListener("beforeunload", (event) => {
  if (dirty && typedInto?.isConnected && isLarge(typedInto)) event.preventDefault();
});
