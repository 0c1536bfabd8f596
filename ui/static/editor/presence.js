// Others at the same flow: their edits come in by themselves, and never over what is being written here.
import { all, asField, must, one } from "../dom.js";
import { revision } from "./page.js";
import { isDirty, showSaveState } from "./saving.js";

const newer = one("#newer");
let known = 0; // the newest revision that we have heard of

const isBehind = () => known > Number(revision());

/** @param {HTMLElement} element */
function isChanged(element) {
  const field = asField(element);
  if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
    return field.checked !== field.defaultChecked;
  }
  if (!field || field instanceof HTMLSelectElement || field.type === "hidden") return false;
  return field.value !== field.defaultValue;
}

const isWriting = () => isDirty() || all("#panel input, #panel textarea").some(isChanged);

document.addEventListener("edited", (event) => {
  known = Math.max(known, JSON.parse(event.detail.data).revision);
  if (newer && isBehind() && location.pathname === newer.dataset.at) htmx.trigger(newer, "newer");
});

// Its turn comes after our own edits: then there may be nothing newer any more.
document.addEventListener("htmx:before:request", (event) => {
  const { request, sourceElement } = event.detail.ctx;
  if (!newer || sourceElement !== newer) return;
  if (!isBehind()) {
    event.preventDefault();
    return;
  }
  const asked = new URLSearchParams({
    since: String(Number(revision())),
    mark: must("#panel").dataset.mark ?? "",
    busy: isWriting() ? "1" : "",
  });
  request.headers["HX-Current-URL"] = location.href;
  request.action = `${newer.getAttribute("hx-get")}?${asked}`;
});

// What waits behind a refused change was meant for a page that is no more, and what is done beside one would
// take it away: first it is decided what becomes of it.
let refused = 0;
/** When each request was asked for. @type {WeakMap<object, number>} */
const begun = new WeakMap();

document.addEventListener("htmx:config:request", (event) => {
  begun.set(event.detail.ctx, Date.now());
});

document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response?.status === 409) refused = Date.now();
});

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  const conflict = one("#conflict");
  const decides =
    conflict?.contains(ctx.sourceElement) || ctx.sourceElement.matches("#store, [hx-target='#truth']");
  const late = (begun.get(ctx) ?? 0) < refused;
  if (
    ctx.request.method !== "POST" ||
    !((late && ctx.sourceElement.id !== "store") || (conflict && !decides))
  )
    return;
  event.preventDefault();
  showSaveState("bad", "Not done: decide about your other change first.");
  conflict?.focus();
});
