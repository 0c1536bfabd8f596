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

  // -- folding: the address says which branches are folded, and the browser remembers it for the next visit ---

  const marks = () => all("#plan details.fold").map((each) => each.dataset.fold);
  const asked = new URLSearchParams(location.search).get("fold");
  const folded = new Set((asked ?? kept("folded") ?? "").split("~").filter(Boolean));

  function fold() {
    const every = folded.delete("all");
    if (every) for (const mark of marks()) folded.add(mark);
    for (const each of all("#plan details.fold")) each.open = !folded.has(each.dataset.fold);
    address();
  }

  // A link that is followed knows nothing of it: the address is put right afterwards.
  function address() {
    const here = marks();
    const text = here.length && here.every((mark) => folded.has(mark)) ? "all" : here.filter((mark) => folded.has(mark)).join("~");
    keep("folded", text);
    const to = new URL(location.href);
    if ((to.searchParams.get("fold") ?? "") === text) return;
    if (text) to.searchParams.set("fold", text);
    else to.searchParams.delete("fold");
    history.replaceState(history.state, "", to);
  }

  document.addEventListener("click", (event) => {
    const branch = event.target.closest("#plan details.fold > summary")?.parentElement;
    const whole = event.target.closest("a[data-fold-all]");
    if (branch?.open) folded.add(branch.dataset.fold); // it is about to be closed
    else if (branch) folded.delete(branch.dataset.fold);
    if (branch) address();
    if (!whole || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    folded.clear();
    if (whole.dataset.foldAll === "shut") for (const mark of marks()) folded.add(mark);
    fold();
  });

  function unfold(element) {
    for (let at = element.closest("details.fold"); at; at = at.parentElement.closest("details.fold")) {
      at.open = true;
      folded.delete(at.dataset.fold);
    }
    address();
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

  // What is in the middle, or under the pointer, stays where it is.
  function zoom(to, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const by = to / level;
    const left = (canvas.scrollLeft + x) * by - x;
    const top = (canvas.scrollTop + y) * by - y;
    level = to;
    canvas.dataset.zoom = String(to);
    canvas.scrollTo(left, top);
    one("#level").textContent = `${to} %`;
    one("[data-zoom-by='-1']").disabled = to === LEVELS[0];
    one("[data-zoom-by='1']").disabled = to === LEVELS.at(-1);
  }

  const step = (by) => LEVELS[LEVELS.indexOf(level) + by] ?? level;

  canvas?.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(step(event.deltaY < 0 ? 1 : -1), event.clientX - box.left, event.clientY - box.top);
    keep("zoom", String(level));
  }, { passive: false });

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
    if (button.dataset.zoomBy) zoom(step(Number(button.dataset.zoomBy)));
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
