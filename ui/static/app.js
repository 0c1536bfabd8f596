// What plain HTML cannot do. Everything works without this file.
"use strict";

// Times in the reader's own zone; "3 min ago" for what is young.
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const then = new Date(time.dateTime);
    const seconds = (then - Date.now()) / 1000;
    const near = Math.abs(seconds);
    time.title = long.format(then);
    if (near < 60) time.textContent = ago.format(Math.round(seconds), "second");
    else if (near < 3600) time.textContent = ago.format(Math.round(seconds / 60), "minute");
    else if (near < 86400) time.textContent = ago.format(Math.round(seconds / 3600), "hour");
    else time.textContent = short.format(then);
  }
}

// <button data-copy="#id">: copies the text of that element.
async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const label = button.querySelector("[data-label]") ?? button;
  const before = label.textContent;
  label.textContent = "Copied";
  setTimeout(() => { label.textContent = before; }, 1600);
}

// <button data-tick="all|none">: ticks the shown boxes of its form. [data-narrow]: shows what matches.
function tick(button) {
  for (const box of button.form.querySelectorAll("input[type=checkbox][name=event]")) {
    if (box.closest("[data-word]").hidden) continue;
    box.checked = button.dataset.tick === "all";
  }
  count(button.form);
}

function narrow(input) {
  const words = input.value.trim().toLowerCase().split(/\s+/);
  for (const item of input.form.querySelectorAll("[data-word]")) {
    item.hidden = !words.every((word) => item.dataset.word.includes(word));
  }
  for (const group of input.form.querySelectorAll("fieldset[data-group]")) {
    group.hidden = !group.querySelector("[data-word]:not([hidden])");
  }
}

// <div data-when="field" data-is="a b">: counts, and is shown, only when the form's field has one of these choices.
function showWhen(root) {
  for (const part of root.querySelectorAll("[data-when]")) {
    const chosen = part.closest("form").elements.namedItem(part.dataset.when)?.value;
    const counts = part.dataset.is.split(" ").includes(chosen);
    part.hidden = !counts && !part.querySelector("[aria-invalid=true]");
    if (counts && part.matches("details")) part.open = true;
  }
}

function count(form) {
  const shown = form.querySelector("[data-count]");
  if (shown) shown.textContent = `${form.querySelectorAll("input[name=event]:checked").length} chosen`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-tick]");
  if (button?.dataset.copy) copy(button);
  else if (button?.dataset.tick) tick(button);
  const card = event.target.closest("a.card");
  if (card) {
    for (const other of document.querySelectorAll("a.card[aria-current]")) other.removeAttribute("aria-current");
    card.setAttribute("aria-current", "true");
  }
});

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-narrow]")) narrow(event.target);
});

document.addEventListener("change", (event) => {
  if (event.target.name === "event") count(event.target.form);
  if (event.target.form?.querySelector("[data-when]")) showWhen(event.target.form);
  if (event.target.matches("[data-go]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-all]")) {
    const boxes = event.target.closest("table").querySelectorAll(`td input[name="${event.target.dataset.all}"]`);
    for (const box of boxes) box.checked = event.target.checked;
  }
});

// Control or Command with Enter sends the form of a text area.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

function fresh(root) {
  showTimes(root);
  showWhen(root);
  for (const item of root.querySelectorAll("[data-script]")) item.hidden = false;
  root.querySelector('[aria-invalid="true"]:not(.editor *)')?.focus();
}

// A live drawing comes without the card that the reader has chosen; its address still says which.
function keepChosen() {
  const step = new URLSearchParams(location.search).get("step");
  const card = step && document.querySelector(`#drawing #at-${CSS.escape(step)} > .stop > a.card`);
  if (card) card.setAttribute("aria-current", "true");
}

// On a phone the step's details stand below the drawing: go there.
document.addEventListener("htmx:after:swap", (event) => {
  fresh(document);
  keepChosen();
  const link = event.target.closest?.(".plan a:is(.card, .label, .insert)[href*='#']");
  const shown = link && document.querySelector(link.hash);
  if (shown && innerWidth <= 1000) (shown.closest("aside") ?? shown).scrollIntoView({ block: "start" });
});
fresh(document);
document.querySelector(".card[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
setInterval(() => showTimes(document), 20000);
