// The editor's script: what makes it quick. Every change also works as a plain form.
"use strict";

document.documentElement.classList.add("scripted");
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const panel = () => $("#panel");

// -- changes: the button's own address, and the revision that is the newest when its turn comes ------

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  const own = request.submitter?.getAttribute("formaction");
  if (own && request.submitter.getAttribute("formmethod") !== "get") request.action = own;
});

document.addEventListener("htmx:before:request", (event) => {
  const { request } = event.detail.ctx;
  const body = request.body;
  if (request.method === "POST" && body?.has?.("revision")) {
    body.set("revision", $("#revision").value);
    if (event.detail.ctx.sourceElement.matches("[data-autosave]")) said("saving", "Saving …");
  }
});

document.addEventListener("htmx:error", () => said("bad", "Not saved: no answer. Your text is still here."));

function said(state, text) {
  const saved = $("#saved");
  if (!saved) return;
  saved.dataset.state = state;
  saved.textContent = text;
}

// -- autosave ---------------------------------------------------------------------------------------

let waiting = 0;
let dirty = false;

function saveSoon(form, delay) {
  clearTimeout(waiting);
  dirty = true;
  waiting = setTimeout(() => save(form), delay);
}

function save(form) {
  clearTimeout(waiting);
  if (!dirty || !form?.isConnected) return;
  dirty = false;
  form.requestSubmit();
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-autosave]") || event.target.matches("[data-still]")) return;
  if (event.target.matches("[data-rows] input")) growRows(event.target);
  if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea")) saveSoon(form, 900);
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-autosave]") && !event.target.matches("[data-still]")) saveSoon(form, 0);
});

document.addEventListener("submit", (event) => {
  clearTimeout(waiting);
  dirty = false;
  for (const menu of $$("details.menu[open]")) menu.open = false;
  const submitter = event.submitter;
  if (submitter?.matches(".danger, [data-confirm]") && !navigatesAway(submitter)) lastFocus = null;
}, true);

function navigatesAway(button) {
  return button.getAttribute("formmethod") === "get";
}

// What was typed and not saved goes first when the panel is about to show something else.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[hx-target='#panel'], #edit button");
  const form = dirty && $("#panel-form");
  if (link && form) save(form);
}, true);

addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

// A list of values always has an empty row at its end.
function growRows(input) {
  const pair = input.closest(".pair");
  if (!pair || pair.nextElementSibling || !$$("input", pair).some((one) => one.value)) return;
  const next = pair.cloneNode(true);
  for (const one of $$("input", next)) {
    one.name = one.name.replace(/\.(\d+)(\.[a-z]+)?$/, (_all, n, rest = "") => `.${+n + 1}${rest}`);
    one.id = `${one.id}x`;
    one.value = "";
    one.defaultValue = "";
  }
  pair.after(next);
}

// -- the picker -------------------------------------------------------------------------------------

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-first]")) return;
  const hits = $$(".pick-one", event.target.form).filter((one) => one.offsetParent);
  for (const one of $$(".first-hit", event.target.form)) one.classList.remove("first-hit");
  if (event.target.value) hits[0]?.classList.add("first-hit");
  $("[data-none]", event.target.form).hidden = hits.length > 0;
});

document.addEventListener("keydown", (event) => {
  const search = event.target.closest?.("[data-first]");
  const hits = $$(".picker .pick-one").filter((one) => one.offsetParent);
  if (search && event.key === "Enter") {
    event.preventDefault();
    (hits.find((one) => one.matches(".first-hit")) ?? hits[0])?.click();
  }
  const at = hits.indexOf(event.target.closest?.(".pick-one"));
  if ((search || at >= 0) && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    const next = event.key === "ArrowDown" ? hits[at + 1] : hits[at - 1];
    (next ?? (event.key === "ArrowUp" ? $("[data-first]") : null))?.focus();
  }
});

// -- selection --------------------------------------------------------------------------------------

function picked() {
  return $$(".pick input:checked").map((box) => box.value);
}

function showPicked() {
  const bar = $("#picked");
  if (!bar) return;
  const names = picked();
  bar.hidden = names.length === 0;
  $("[data-picked]", bar).textContent = `${names.length} selected`;
}

let lastPick = null;
document.addEventListener("click", (event) => {
  const card = event.target.closest(".edit a.card");
  if (!card || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
  const box = $(".pick input", card.parentElement);
  if (!box) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const boxes = $$(".pick input");
  if (event.shiftKey && lastPick) {
    const [from, to] = [boxes.indexOf(lastPick), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const one of boxes.slice(Math.max(from, 0), to + 1)) one.checked = true;
  } else box.checked = !box.checked;
  lastPick = box;
  showPicked();
}, true);
document.addEventListener("change", (event) => { if (event.target.closest(".pick")) showPicked(); });

// -- menus ------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target) || event.target.closest(".list a")) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (menu && event.key === "Escape") {
    menu.open = false;
    $("summary", menu).focus();
    event.stopPropagation();
  }
  if (menu && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    const items = $$(".list a, .list button", menu);
    const at = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    items[(at + items.length) % items.length]?.focus();
    event.preventDefault();
  }
});

// -- focus after a change ---------------------------------------------------------------------------

let lastFocus = null;
document.addEventListener("htmx:after:swap", () => {
  showPicked();
  const wanted = $("#panel [autofocus]");
  if (wanted && wanted !== lastFocus) wanted.focus({ preventScroll: true });
  lastFocus = wanted;
  markCurrent();
});

// The drawing follows the address: which card, branch or place the panel is about.
function markCurrent() {
  const asked = new URLSearchParams(location.search);
  for (const one of $$(".edit [aria-current]")) one.removeAttribute("aria-current");
  const at = asked.get("add");
  const step = asked.get("step");
  if (at) $(`.insert[data-place="${CSS.escape(at)}"]`)?.setAttribute("aria-current", "true");
  else if (step) $(`#at-${CSS.escape(step)} > .stop > .card`)?.setAttribute("aria-current", "true");
}
addEventListener("popstate", () => markCurrent());

showPicked();
