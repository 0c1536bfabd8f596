// Menus of the drawing: the same for all steps, made where one is opened.
import { all, as, closest, must, one, targetOf } from "../dom.js";

/**
 * Fill in the menu of a step, a trigger or a branch, unless it is filled in already.
 * @param {HTMLElement | null | undefined} menu
 */
export function fillMenu(menu) {
  const empty = menu && one("[data-lazy]", menu);
  const station = as(HTMLElement, menu?.closest(".station"));
  if (!(empty && station)) return;
  const [step = "", branch] = (menu.dataset.menu ?? "").split("/");
  const box = itemsFor(station, branch);
  for (const item of all("a, button", box)) {
    for (const name of ["href", "hx-get", "value"]) {
      const value = item.getAttribute(name);
      if (value === null) continue;
      item.setAttribute(name, value.replaceAll("-STEP-", step).replaceAll("-BRANCH-", branch ?? ""));
    }
  }
  empty.replaceWith(box);
  htmx.process(box);
}

/**
 * A copy of the menu for what it is opened on, without the items that do not apply.
 * @param {HTMLElement} station
 * @param {string} [branch]
 */
function itemsFor(station, branch) {
  const { kind } = station.dataset;
  const owner = kind === "trigger" ? "trigger" : "step";
  const template = as(HTMLTemplateElement, must(`#menu-${branch === undefined ? owner : "branch"}`));
  const box = /** @type {Element} */ (template?.content.firstElementChild?.cloneNode(true));
  const unfit = ["skip" in station.dataset ? ".when-used" : ".when-skipped"];
  if (kind !== "router") unfit.push(".when-router");
  for (const item of all(unfit.join(", "), box)) item.remove();
  return box;
}

document.addEventListener(
  "click",
  (event) => fillMenu(closest(event, ".menu > summary")?.parentElement),
  true,
);
document.addEventListener("htmx:after:swap", () => {
  for (const menu of all("#plan .menu[open]")) fillMenu(menu);
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const stays = menu.contains(targetOf(event)) && !closest(event, ".list a");
    if (menu instanceof HTMLDetailsElement && !stays) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = as(HTMLDetailsElement, closest(event, "details.menu[open]"));
  if (menu && event.key === "Escape") {
    menu.open = false;
    must("summary", menu).focus();
    event.stopPropagation();
  }
  if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const items = all(".list a, .list button", menu);
    const focused = items.findIndex((item) => item === document.activeElement);
    const at = focused + (event.key === "ArrowDown" ? 1 : -1);
    items[(at + items.length) % items.length]?.focus();
    event.preventDefault();
  }
});
