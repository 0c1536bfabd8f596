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
    // While another's change of the same part stands between, the form keeps the revision it was begun on.
    if (!$("#behind") || !event.detail.ctx.sourceElement.closest("#panel")) body.set("revision", $("#revision").value);
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

// Beside a refused change nothing is saved by itself: that would go over what another has made. What is written
// on belongs to the change that waits for a decision.
function undecided(field) {
  const waits = $("#conflict form")?.elements.namedItem(field.name);
  if (waits instanceof HTMLInputElement && !field.matches("[type=checkbox], [type=radio]")) waits.value = field.value;
  return Boolean($("#conflict"));
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.matches("[data-autosave]") || event.target.matches("[data-still]") || undecided(event.target)) return;
  if (event.target.matches("[data-rows] input")) growRows(event.target);
  // A half-written expression is no reason to complain: those are saved when the field is left.
  if (event.target.matches("[data-expr=expression]") || halfWritten(event.target)) {
    clearTimeout(waiting);
    dirty = true;
  } else if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea")) saveSoon(form, 900);
});

const halfWritten = (field) => field.matches("[data-expr=template]") && field.value.split("{{").length !== field.value.split("}}").length;

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-autosave]") && !event.target.matches("[data-still]") && !undecided(event.target)) saveSoon(form, 0);
});

document.addEventListener("submit", (event) => {
  clearTimeout(waiting);
  dirty = false;
  const submitter = event.submitter;
  const menu = submitter?.closest("details.menu");
  if (menu) menu.open = false;
  if (submitter?.matches(".danger, [data-confirm]") && !navigatesAway(submitter)) lastFocus = null;
}, true);

function navigatesAway(button) {
  return button.getAttribute("formmethod") === "get";
}

// What was typed and not saved goes first when the panel is about to show something else.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[hx-target='#panel'], #plan a[hx-get], button[form=edit], #edit button");
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

// What Enter takes: one that is called so comes before one whose piece is, and that before one that only tells of it.
function bestHit(hits, words) {
  const called = (one, also) => words.every((word) => `${$("b", one).textContent} ${also ? $("legend", one.closest("fieldset")).textContent : ""}`.toLowerCase().includes(word));
  return hits.find((one) => called(one, false)) ?? hits.find((one) => called(one, true)) ?? hits[0];
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-first]")) return;
  const hits = $$(".pick-one", event.target.form).filter((one) => one.offsetParent);
  for (const one of $$(".first-hit", event.target.form)) one.classList.remove("first-hit");
  if (event.target.value) {
    const best = bestHit(hits, event.target.value.toLowerCase().split(/\s+/));
    best?.classList.add("first-hit");
    best?.scrollIntoView({ block: "nearest" });
  }
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

// -- menus: the same for all steps, made where one is opened -------------------------------------------

function fillMenu(menu) {
  const empty = menu && $("[data-lazy]", menu);
  if (!empty) return;
  const [step, branch] = menu.dataset.menu.split("/");
  const station = menu.closest(".station");
  const kind = branch !== undefined ? "branch" : station.dataset.kind === "trigger" ? "trigger" : "step";
  const box = $(`#menu-${kind}`).content.firstElementChild.cloneNode(true);
  for (const item of $$("a, button", box)) {
    for (const name of ["href", "hx-get", "value"]) {
      const value = item.getAttribute(name);
      if (value !== null) item.setAttribute(name, value.replaceAll("-STEP-", step).replaceAll("-BRANCH-", branch));
    }
  }
  const unfit = [station.dataset.kind === "router" ? "" : ".when-router", "skip" in station.dataset ? ".when-used" : ".when-skipped"];
  for (const item of $$(unfit.filter(Boolean).join(", "), box)) item.remove();
  empty.replaceWith(box);
  htmx.process(box);
}

document.addEventListener("click", (event) => fillMenu(event.target.closest(".menu > summary")?.parentElement), true);
document.addEventListener("htmx:after:swap", () => $$("#plan .menu[open]").forEach(fillMenu));

// It opens to the right; where the canvas ends there, to the left.
document.addEventListener("toggle", (event) => {
  const box = event.target.matches?.("#plan .menu") && event.target.open && $(".box", event.target);
  if (!box) return;
  event.target.classList.remove("leftward");
  event.target.classList.toggle("leftward", box.getBoundingClientRect().right > $("#canvas").getBoundingClientRect().right - 16);
}, true);

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

// The drawing follows the address: which card, branch or place the panel is about. A card that it comes to is in sight.
let lastStep = new URLSearchParams(location.search).get("step");
function markCurrent() {
  const tree = $(".editor > #data:not([hidden]) input[name=step]");
  if (tree && tree.value !== stepShown()) $("#data").hidden = true;
  const asked = new URLSearchParams(location.search);
  for (const one of $$(".edit [aria-current]")) one.removeAttribute("aria-current");
  const at = asked.get("add");
  const step = asked.get("step");
  const note = asked.get("note");
  if (at) $(`.insert[data-place="${CSS.escape(at)}"]`)?.setAttribute("aria-current", "true");
  else if (note) $(`[data-note="${CSS.escape(note)}"]`)?.setAttribute("aria-current", "true");
  else if (step) $(`#at-${CSS.escape(step)} > .stop > .card`)?.setAttribute("aria-current", "true");
  if (step !== lastStep && innerWidth > 1000) $(`#at-${CSS.escape(step ?? "")} > .stop > .card`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  lastStep = step;
}
addEventListener("popstate", () => markCurrent());

showPicked();

// -- expressions: completion and the value so far ----------------------------------------------------

const helper = document.createElement("div");
helper.className = "helper";
helper.hidden = true;
helper.innerHTML = '<p class="given" role="status"></p><ul role="listbox" id="completions" aria-label="Completions"></ul>';
$(".editor")?.append(helper);

let writing = null; // the field that is being written in
let offer = { start: 0, items: [] };
let chosen = -1;
let asking = 0;

const flowAt = () => $("#newer").dataset.at; // the page of a test stands below it
const stepShown = () => panel()?.dataset.step ?? "";

async function ask(field) {
  const mine = ++asking;
  const body = new URLSearchParams({
    text: field.value, kind: field.dataset.expr, step: stepShown(), field: field.name,
    cursor: field.selectionStart ?? field.value.length, sample: sampleShown(),
  });
  let said_;
  try {
    const answer = await fetch(`${flowAt()}/expression`, { method: "POST", body });
    if (!answer.ok) return;
    said_ = await answer.json();
  } catch { return; }
  if (mine !== asking || document.activeElement !== field) return;
  offer = said_;
  show(field);
}

function sampleShown() {
  return $("#data-sample")?.value ?? sessionStorage.getItem("sample") ?? "";
}

function show(field) {
  const { items, preview } = offer;
  if (preview?.error) clearTimeout(waiting); // it is saved when the field is left
  const given = $(".given", helper);
  given.hidden = !preview || (field.dataset.expr === "template" && !field.value.includes("{{"));
  given.className = `given${preview?.error ? " bad" : ""}`;
  given.textContent = preview ? (preview.error ? `${preview.error} (at character ${preview.column + 1})` : `→ ${preview.shown}`) : "";
  const list = $("ul", helper);
  list.replaceChildren(...items.map((item, at) => {
    const row = document.createElement("li");
    row.id = `completion-${at}`;
    row.role = "option";
    row.ariaSelected = "false";
    const name = document.createElement("b");
    name.textContent = item.label;
    const help = document.createElement("small");
    help.textContent = item.help || item.kind;
    row.append(name, help);
    row.addEventListener("mousedown", (event) => { event.preventDefault(); take(at); });
    return row;
  }));
  list.hidden = items.length === 0;
  helper.hidden = given.hidden && list.hidden;
  choose(-1);
  place(field);
  field.setAttribute("aria-controls", "completions");
}

function place(field) {
  const box = field.getBoundingClientRect();
  const room = innerHeight - box.bottom;
  helper.style.left = `${box.left}px`;
  helper.style.width = `${box.width}px`;
  if (room < 180 && box.top > room) {
    helper.style.top = "auto";
    helper.style.bottom = `${innerHeight - box.top + 4}px`;
  } else {
    helper.style.bottom = "auto";
    helper.style.top = `${box.bottom + 4}px`;
  }
}

function choose(at) {
  chosen = at;
  $$("li", helper).forEach((row, index) => {
    row.ariaSelected = String(index === at);
    if (index === at) row.scrollIntoView({ block: "nearest" });
  });
  if (writing) {
    if (at >= 0) writing.setAttribute("aria-activedescendant", `completion-${at}`);
    else writing.removeAttribute("aria-activedescendant");
  }
}

function take(at) {
  const item = offer.items[at];
  if (!item || !writing) return;
  const end = writing.selectionStart;
  writing.setRangeText(item.insert, offer.start, end, "end");
  if (item.insert.endsWith("()")) writing.selectionStart = writing.selectionEnd = writing.selectionEnd - 1;
  writing.dispatchEvent(new Event("input", { bubbles: true }));
}

function hideHelper() {
  asking += 1;
  helper.hidden = true;
  offer = { start: 0, items: [] };
  choose(-1);
}

// What each expression of the panel gives for the sample, below its field. What was asked once is known, so
// that nothing moves when the panel comes anew.
const given = new Map();

async function showGiven() {
  for (const field of $$("#panel [data-expr]").filter((one) => one.offsetParent && hasExpression(one)).slice(0, 12)) {
    const body = new URLSearchParams({ text: field.value, kind: field.dataset.expr, step: stepShown(), field: field.name, sample: sampleShown() });
    const key = `${$("#revision")?.value} ${body}`;
    if (given.has(key)) putGiven(field, given.get(key));
    else fetch(`${flowAt()}/expression`, { method: "POST", body }).then((answer) => answer.ok && answer.json()).then(async (told) => {
      if (!told) return;
      await untilLetGo();
      if (given.size > 500) given.clear();
      given.set(key, told.preview);
      if (field.isConnected && field.value === body.get("text")) putGiven(field, told.preview);
    }).catch(() => { /* then without */ });
  }
}

const hasExpression = (field) => field.dataset.expr === "expression" ? field.value.trim() : field.value.includes("{{");

function putGiven(field, preview) {
  const box = field.closest(".typed, .combo") ?? field;
  let line = box.nextElementSibling;
  if (!line?.matches(".gives")) {
    line = document.createElement("p");
    line.className = "gives";
    box.after(line);
  }
  line.hidden = !preview || Boolean(preview.error);
  line.textContent = preview && !preview.error ? preview.shown : "";
}

document.addEventListener("htmx:after:swap", showGiven);
document.addEventListener("htmx:after:request", (event) => { if (event.detail.ctx.request.action.endsWith("/test")) given.clear(); });
document.addEventListener("toggle", (event) => { if (event.target.closest?.("#panel") && event.target.open) showGiven(); }, true);
document.addEventListener("change", (event) => { if (event.target.id === "data-sample") showGiven(); });
document.addEventListener("focusout", (event) => { if (event.target.matches?.("[data-expr]")) showGiven(); });
showGiven();

let askTimer = 0;
const askSoon = (field, delay = 160) => { clearTimeout(askTimer); askTimer = setTimeout(() => ask(field), delay); };

document.addEventListener("focusin", (event) => {
  const field = event.target.closest?.("[data-expr]");
  if (field) {
    writing = field;
    lastWritten = field;
    if (field.dataset.expr === "expression" || field.value.includes("{{")) askSoon(field, 0);
  } else if (!helper.contains(event.target)) { writing = null; hideHelper(); }
});
document.addEventListener("focusout", (event) => { if (event.target === writing) hideHelper(); });
document.addEventListener("input", (event) => { if (event.target.matches?.("[data-expr]")) askSoon(event.target); });
document.addEventListener("scroll", () => { if (!helper.hidden && writing) place(writing); }, true);

document.addEventListener("keydown", (event) => {
  if (!writing || event.target !== writing || helper.hidden) return;
  const count = offer.items.length;
  if (event.key === "Escape") { hideHelper(); event.stopPropagation(); event.preventDefault(); return; }
  if (!count) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose((chosen + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
  } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
    event.preventDefault();
    take(chosen);
  }
}, true);

// -- data: what a click or a drop puts into the field ------------------------------------------------

let lastWritten = null;

function insert(field, path, at = field.selectionStart ?? field.value.length) {
  const before = field.value.slice(0, at);
  const inside = before.lastIndexOf("{{") > before.lastIndexOf("}}");
  const text = field.dataset.expr === "template" && !inside ? `{{ ${path} }}` : path;
  field.setRangeText(text, at, field.selectionEnd ?? at, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const leaf = event.target.closest(".leaf");
  if (leaf) {
    event.preventDefault();
    const field = lastWritten?.isConnected ? lastWritten : $("#panel-form [data-expr]");
    if (field) insert(field, leaf.dataset.insert);
  }
  if (event.target.closest("[data-close-data]")) {
    $("#data").hidden = true;
    $("[data-open-data]")?.focus();
  }
});
document.addEventListener("dragstart", (event) => {
  const leaf = event.target.closest?.(".leaf");
  if (leaf) event.dataTransfer.setData("application/x-path", leaf.dataset.insert);
});
document.addEventListener("dragover", (event) => {
  if (event.target.matches?.("[data-expr]") && event.dataTransfer.types.includes("application/x-path")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const path = event.target.matches?.("[data-expr]") && event.dataTransfer.getData("application/x-path");
  if (!path) return;
  event.preventDefault();
  insert(event.target, path, event.target.value.length);
});
document.addEventListener("change", (event) => {
  if (event.target.id === "data-sample") sessionStorage.setItem("sample", event.target.value);
});
document.addEventListener("htmx:after:swap", (event) => {
  for (const field of $$("[data-clear]")) if (!dirty) field.value = "";
  if (writing && !helper.hidden) place(writing);
  if (event.target.matches?.("[data-open-data]")) $("#data-q")?.focus();
});

// -- keys and the palette ----------------------------------------------------------------------------

const keys = JSON.parse($(".editor")?.dataset.keys ?? "{}");

function currentStation() {
  const focused = document.activeElement?.closest?.(".edit .station");
  return focused ?? (stepShown() ? $(`#at-${CSS.escape(stepShown())}`) : null);
}

function keyOf(event) {
  const name = event.key.length === 1 ? (event.ctrlKey || event.metaKey ? event.key.toUpperCase() : event.key) : event.key;
  const shift = event.shiftKey && (event.key.length > 1 || event.ctrlKey || event.metaKey || /[a-z]/i.test(event.key));
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (shift) parts.push("Shift");
  parts.push(shift && name.length === 1 ? name.toUpperCase() : name);
  return parts.join("+");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const command = keys[keyOf(event)] ?? (keyOf(event) === "Ctrl+Y" ? "redo" : undefined);
  const typing = event.target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select") || event.target.closest?.("dialog");
  if (!command || (typing && command !== "palette")) return;
  if (command === "paste") return; // the browser's own event brings the text
  if (command === "copy" && String(getSelection())) return;
  if (perform(command)) event.preventDefault();
});

const several = { delete_steps: "delete_selected", duplicate_step: "duplicate_selected", set_skip: "skip_selected", move_steps: "move_selected" };

function perform(command) {
  if (command === "palette") { openPalette(); return true; }
  if (command === "keys") { openKeys(); return true; }
  if (command === "copy") { copySteps(); return true; }
  if (command === "find") { $("#find").select(); $("#find").focus(); return true; }
  const station = currentStation();
  fillMenu(station && $(":scope > .stop > .menu", station));
  const many = picked().length && several[command] && $(`#picked [formaction$="/${several[command]}"]`);
  const own = station && $(`:scope > .stop [data-command="${command}"]`, station);
  const add = command === "add_step" && (station && $(`[data-place="after:${CSS.escape(station.id.slice(3))}"]`, station) || $(".insert[data-place=start]"));
  const starts = command === "add_trigger" && $("#plan .station[data-kind=trigger]");
  if (starts) fillMenu($(".menu", starts));
  const other = command === "add_trigger" && (starts ? $("[data-command=add_trigger]", starts) : $("#plan .empty-card"));
  const title = command === "set_title" && $("#f-title");
  if (title) { title.focus(); return true; }
  const target = many || own || add || other || $(`#bar [data-command="${command}"], #tools [data-command="${command}"]`);
  if (!target || target.disabled) return false;
  target.click();
  return true;
}

// From card to card with the arrows: up and down along the way, left and right to the branch beside.
document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("#plan a.card");
  if (!card || !event.key.startsWith("Arrow") || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const seen = (root) => $$("a.card", root).filter((each) => each.offsetParent);
  const cards = seen($("#plan"));
  let next = cards[cards.indexOf(card) + (event.key === "ArrowDown" ? 1 : -1)];
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const to = event.key === "ArrowLeft" ? "previousElementSibling" : "nextElementSibling";
    let beside = card.closest(".siding")?.[to];
    while (beside && !seen(beside).length) beside = beside[to];
    next = beside && seen(beside)[0];
  }
  if (!next) return;
  event.preventDefault();
  next.focus();
});

const over = document.createElement("dialog");
over.className = "over";
over.ariaLabel = "Commands";
$(".editor")?.append(over);

const openPalette = () => openOver(`${flowAt()}/palette?step=${encodeURIComponent(currentStation()?.id.slice(3) ?? "")}`, "palette", "Commands");
const openKeys = () => openOver(`${flowAt().split("/flows/")[0]}/keys/list?next=${encodeURIComponent(location.pathname + location.search)}`, "keylist", "Keys");

async function openOver(url, block, label) {
  const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": `div#${block}` } });
  if (!answer.ok) return;
  over.innerHTML = await answer.text();
  for (const item of $$("[data-script]", over)) item.hidden = false;
  htmx.process(over);
  over.ariaLabel = label;
  over.showModal();
  $("[data-palette], [data-first-focus]", over).focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("a[data-command=palette]");
  if (opener && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openPalette(); }
  const copier = event.target.closest("a[data-command=copy]");
  if (copier) { event.preventDefault(); copySteps(new URL(copier.href).searchParams.getAll("steps")); }
  if (event.target === over || event.target.closest(".over .palette li > *")) over.close();
});

over.addEventListener("input", (event) => {
  const words = event.target.value.trim().toLowerCase().split(/\s+/);
  let first = null;
  for (const row of $$("li", over)) {
    row.hidden = !words.every((word) => row.dataset.word.includes(word));
    row.classList.remove("first-hit");
    if (!row.hidden) first ??= row;
  }
  if (event.target.value) first?.classList.add("first-hit");
});
over.addEventListener("keydown", (event) => {
  if (!$(".palette", over)) return;
  if (event.key === "Escape") over.close(); // the field would only be emptied, and ask for a second one
  const rows = $$("li:not([hidden]) > *", over);
  const at = rows.indexOf(document.activeElement);
  if (event.key === "Enter" && at < 0) { event.preventDefault(); rows[0]?.click(); }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (rows[next] ?? $("[data-palette]", over)).focus();
  }
});

// -- copy and paste ----------------------------------------------------------------------------------

async function copySteps(names = null) {
  const station = currentStation();
  const steps = names ?? (picked().length ? picked() : station && station.dataset.kind !== "trigger" ? [station.id.slice(3)] : []);
  if (!steps.length) return;
  const answer = await fetch(`${flowAt()}/copy?${new URLSearchParams(steps.map((name) => ["steps", name]))}`);
  if (!answer.ok) return;
  await navigator.clipboard.writeText(JSON.stringify(await answer.json(), null, 2));
  said("good", steps.length === 1 ? "Copied 1 step" : `Copied ${steps.length} steps`);
}

document.addEventListener("paste", (event) => {
  if (event.target.closest?.("input, textarea, dialog")) return;
  const text = event.clipboardData.getData("text/plain");
  if (!/"switchyard"\s*:\s*"steps"/.test(text)) return;
  event.preventDefault();
  const station = currentStation();
  const place = station && station.dataset.kind !== "trigger" ? `after:${station.id.slice(3)}` : "start";
  htmx.ajax("POST", `${flowAt()}/commands/paste`, {
    source: $("#edit"), target: "#panel", swap: "none", values: { place, clipboard: text },
  });
});

// -- drag and drop: a card onto an insert button; "Move to …" does the same by keyboard ---------------

let dragged = [];

document.addEventListener("dragstart", (event) => {
  const station = event.target.closest?.(".edit .station");
  if (!event.target.closest?.("a.card") || !station || station.dataset.kind === "trigger") return;
  const own = station.id.slice(3);
  dragged = picked().includes(own) ? picked() : [own];
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("application/x-steps", dragged.join(","));
  $(".plan.edit").classList.add("dragging");
});

function dropAt(event) {
  const target = dragged.length && event.target.closest?.(".insert[data-place]");
  const within = target && dragged.some((name) => $(`#at-${CSS.escape(name)}`)?.contains(target));
  return target && !within ? target : null;
}

document.addEventListener("dragover", (event) => {
  const target = dropAt(event);
  for (const one of $$(".insert.target")) if (one !== target) one.classList.remove("target");
  if (!target) return;
  event.preventDefault();
  target.classList.add("target");
});
document.addEventListener("drop", (event) => {
  const target = dropAt(event);
  if (!target) return;
  event.preventDefault();
  htmx.ajax("POST", `${flowAt()}/commands/move`, {
    source: $("#edit"), target: "#panel", swap: "none", values: { place: target.dataset.place, moved: dragged },
  });
});
document.addEventListener("dragend", () => {
  dragged = [];
  $(".plan.edit")?.classList.remove("dragging");
  for (const one of $$(".insert.target")) one.classList.remove("target");
});
