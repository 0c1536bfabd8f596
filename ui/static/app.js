// What plain HTML cannot do, on every page. Everything works without it.
import "./press.js";
import "./copy.js";
import "./palette.js";
import "./menus.js";
import "./filters.js";
import { all, closest, one } from "./dom.js";
import { showWhen } from "./forms.js";
import { showTimes } from "./times.js";

const REFRESH = 20_000; // milliseconds between two looks at the clock

function refresh() {
  showTimes();
  showWhen(document);
  for (const item of all("[data-script]")) item.hidden = false;
  one('[aria-invalid="true"]:not(.editor *)')?.focus();
}

document.addEventListener("click", (event) => {
  const card = closest(event, "a.card");
  if (!card) return;
  for (const other of all("a.card[aria-current]")) other.removeAttribute("aria-current");
  card.setAttribute("aria-current", "true");
});

// A live drawing comes without the card that the reader has chosen; its address still says which.
function markChosenCard() {
  const step = new URLSearchParams(location.search).get("step");
  const card = step && one(`#drawing #at-${CSS.escape(step)} > .stop > a.card`);
  if (card) card.setAttribute("aria-current", "true");
}

document.addEventListener("htmx:after:swap", (event) => {
  refresh();
  markChosenCard();
  // On a phone the step's details stand below the drawing: go there.
  const link = closest(event, ".plan a:is(.card, .label, .insert)[href*='#']");
  const shown = link instanceof HTMLAnchorElement && one(link.hash);
  if (shown && innerWidth <= 1000) (shown.closest("aside") ?? shown).scrollIntoView({ block: "start" });
});

refresh();
one(".card[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
// On a phone the menu and the tabs are rows that scroll.
for (const current of all(".side [aria-current], .tabs [aria-current]")) {
  current.scrollIntoView({ block: "nearest", inline: "center" });
}
setInterval(showTimes, REFRESH);
