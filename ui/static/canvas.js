// Looking at the drawing: what is folded, found and how large it is. Nothing of this changes the flow.
"use strict";

{
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const canvas = one("#canvas");
  const flow = one(".editor")?.dataset.flow ?? "";

  // A browser that keeps nothing still shows everything.
  const kept = (what) => { try { return localStorage.getItem(`${what}:${flow}`); } catch { return null; } };
  const keep = (what, value) => { try { localStorage.setItem(`${what}:${flow}`, value); } catch { /* then not */ } };

  // -- folding: the server draws every branch open, the browser remembers which are not ------------------

  const folded = new Set((kept("folded") ?? "").split("\n").filter(Boolean));

  function fold() {
    for (const each of all("#plan details.fold")) each.open = !folded.has(each.dataset.fold);
  }

  document.addEventListener("click", (event) => {
    const branch = event.target.closest("#plan details.fold > summary")?.parentElement;
    if (!branch) return;
    const name = branch.dataset.fold;
    if (branch.open) folded.add(name); // it is about to be closed
    else folded.delete(name);
    keep("folded", [...folded].join("\n"));
  });

  function unfold(element) {
    for (let at = element.closest("details.fold"); at; at = at.parentElement.closest("details.fold")) {
      at.open = true;
      folded.delete(at.dataset.fold);
    }
    keep("folded", [...folded].join("\n"));
  }

  // -- search --------------------------------------------------------------------------------------------

  const search = one("#find");
  let at = -1;

  const hits = () => all("#plan .hit");

  function find() {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const station of all("#plan .station")) {
      const card = one(":scope > .stop > .card", station);
      const text = `${station.id.slice(3)} ${station.dataset.kind} ${card?.textContent ?? ""}`.toLowerCase();
      card?.classList.toggle("hit", words.length > 0 && words.every((word) => text.includes(word)));
    }
    one("#plan").classList.toggle("searched", words.length > 0);
    at = -1;
    const count = hits().length;
    one("#found").textContent = words.length ? `${count} found` : "";
  }

  function go(by) {
    const found = hits();
    if (!found.length) return;
    found[at]?.classList.remove("here");
    at = (at + by + found.length) % found.length;
    const card = found[at];
    unfold(card);
    card.classList.add("here");
    card.scrollIntoView({ block: "center", inline: "center" });
    one("#found").textContent = `${at + 1} of ${found.length}`;
  }

  search?.addEventListener("input", () => { find(); if (search.value.trim()) { at = -1; go(1); } });
  search?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      go(event.key === "ArrowUp" || event.shiftKey ? -1 : 1);
    }
    if (event.key === "Escape") {
      event.preventDefault();
      const card = hits()[at];
      search.value = "";
      find();
      for (const each of all("#plan .here")) each.classList.remove("here");
      (card ?? canvas).focus({ preventScroll: true });
    }
  });

  // -- zoom ----------------------------------------------------------------------------------------------

  const LEVELS = [25, 33, 40, 50, 67, 80, 90, 100, 125, 150];
  let level = LEVELS.includes(Number(kept("zoom"))) ? Number(kept("zoom")) : 100;

  function zoom(to) {
    level = to;
    canvas.dataset.zoom = String(to);
    one("#level").textContent = `${to} %`;
    one("[data-zoom-by='-1']").disabled = to === LEVELS[0];
    one("[data-zoom-by='1']").disabled = to === LEVELS.at(-1);
  }

  function fit() {
    // Its whole width; its height too, unless nobody could read it then.
    const wide = () => canvas.scrollWidth <= canvas.clientWidth;
    const tall = () => canvas.scrollHeight <= canvas.clientHeight;
    const levels = LEVELS.filter((each) => each <= 100).reverse();
    const first = (fits) => levels.find((each) => { zoom(each); return fits(each); });
    zoom(first((each) => each >= 50 && wide() && tall()) ?? first(wide) ?? LEVELS[0]);
    canvas.scrollTo(0, 0);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".tools button");
    if (!button) return;
    if (button.dataset.zoomBy) zoom(LEVELS[LEVELS.indexOf(level) + Number(button.dataset.zoomBy)] ?? level);
    else if (button.dataset.zoomTo) zoom(Number(button.dataset.zoomTo));
    else if ("zoomFit" in button.dataset) fit();
    keep("zoom", String(level));
  });

  // A link to a step shows it, also where it was folded away.
  function showTarget() {
    const wanted = location.hash.startsWith("#at-") && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!wanted) return;
    unfold(wanted);
    wanted.scrollIntoView({ block: "center", inline: "center" });
  }
  addEventListener("hashchange", showTarget);

  document.addEventListener("htmx:after:swap", () => {
    fold();
    if (search?.value) find();
  });
  if (canvas) {
    fold();
    zoom(level);
    showTarget();
  }
}
