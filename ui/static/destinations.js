// A group's box ticks all of its events, and shows when some of them are.
"use strict";

function sync(group) {
  const all = group.querySelector("input[name=group]");
  if (!all) return;
  const boxes = [...group.querySelectorAll("input[name=event]")];
  const ticked = boxes.filter((box) => box.checked).length;
  all.checked = ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
  group.querySelector("[data-ticked]").textContent = ticked;
}

function syncAll() {
  for (const group of document.querySelectorAll(".tree fieldset[data-group]")) sync(group);
}

document.addEventListener("change", (event) => {
  const group = event.target.closest?.(".tree fieldset[data-group]");
  if (!group) return;
  if (event.target.name === "group") {
    const on = event.target.checked;
    const boxes = [...group.querySelectorAll("input[name=event]")];
    for (const box of boxes) box.checked = on;
    boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  } else sync(group);
});
// What is looked for must not lie in a closed group; afterwards those stay open of which some are ticked.
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-narrow]")) return;
  const looking = event.target.value.trim() !== "";
  for (const found of document.querySelectorAll(".tree details")) {
    found.open = looking || found.parentElement.querySelector("input[name=group]")?.indeterminate === true;
  }
});
document.addEventListener("htmx:after:swap", syncAll);
syncAll();
