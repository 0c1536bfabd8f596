// Moving about a large drawing: it is dragged, and a small map shows the whole of it. The keyboard scrolls the canvas.
"use strict";

{
  const one = (selector) => document.querySelector(selector);
  const canvas = one("#canvas");
  const map = one("#map");

  // -- dragging the ground: its empty parts, or anything with the middle button or while Space is held ----------

  const THINGS = "a, button, input, select, textarea, label, summary, details.menu, .sticky, .picked, .lit-strip";
  let from = null;
  let space = false;

  const atRest = (target) => target === document.body || target === canvas;
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !atRest(event.target)) return;
    event.preventDefault();
    space = true;
    canvas.classList.add("held");
  });
  const letGo = () => { space = false; canvas?.classList.remove("held"); };
  document.addEventListener("keyup", (event) => { if (event.key === " ") letGo(); });
  addEventListener("blur", letGo);

  canvas?.addEventListener("pointerdown", (event) => {
    const free = event.button === 0 && (space || !event.target.closest(THINGS));
    if (event.pointerType === "touch" || !(free || event.button === 1)) return; // fingers scroll by themselves
    const box = canvas.getBoundingClientRect();
    if (event.clientX - box.left > canvas.clientWidth || event.clientY - box.top > canvas.clientHeight) return; // a scroll bar
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    from = { x: event.clientX, y: event.clientY, left: canvas.scrollLeft, top: canvas.scrollTop };
    canvas.classList.add("dragged");
  });
  canvas?.addEventListener("pointermove", (event) => {
    if (from) canvas.scrollTo(from.left + from.x - event.clientX, from.top + from.y - event.clientY);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas?.addEventListener(end, () => { from = null; canvas.classList.remove("dragged"); });
  }
  canvas?.addEventListener("click", (event) => {
    if (space) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  // -- the map ----------------------------------------------------------------------------------------------------

  const picture = map?.querySelector("canvas");
  const frame = map?.querySelector("span");
  const button = one("[data-map]");
  const kept = () => { try { return localStorage.getItem("map"); } catch { return null; } };
  let scale = 0;

  function draw() {
    const wide = canvas.scrollWidth;
    const tall = canvas.scrollHeight;
    const large = wide > canvas.clientWidth + 8 || tall > canvas.clientHeight + 8;
    // By itself it comes only where a screen or two do not show the flow: it lies over what stands below it.
    const huge = wide * tall > 3 * canvas.clientWidth * canvas.clientHeight;
    map.hidden = !(large && (kept() ?? (huge ? "on" : "off")) === "on");
    button.disabled = !large;
    button.ariaPressed = String(!map.hidden);
    if (map.hidden) return;
    scale = Math.min(180 / wide, 160 / tall);
    const [width, height] = [Math.max(24, wide * scale), Math.max(24, tall * scale)];
    map.style.width = `${width}px`;
    map.style.height = `${height}px`;
    picture.width = width * devicePixelRatio;
    picture.height = height * devicePixelRatio;
    const pen = picture.getContext("2d");
    const { color, outlineColor, textDecorationColor } = getComputedStyle(map); // as the theme resolves them
    pen.scale(devicePixelRatio, devicePixelRatio);
    const ground = canvas.getBoundingClientRect();
    for (const each of document.querySelectorAll("#plan .card, #plan .sticky")) {
      const box = each.getBoundingClientRect();
      if (!box.width) continue;
      const bad = each.querySelector(".state[data-status=failed], .state[data-severity=error]");
      pen.fillStyle = each.matches("[aria-current], .hit, :has([aria-current])") ? outlineColor : bad ? textDecorationColor : color;
      pen.fillRect((box.left - ground.left + canvas.scrollLeft) * scale, (box.top - ground.top + canvas.scrollTop) * scale,
        Math.max(2, box.width * scale), Math.max(1.5, box.height * scale));
    }
    follow();
  }

  function follow() {
    if (!scale || map.hidden) return;
    const at = { left: canvas.scrollLeft, top: canvas.scrollTop, width: canvas.clientWidth, height: canvas.clientHeight };
    for (const [name, value] of Object.entries(at)) frame.style[name] = `${value * scale}px`;
  }

  let due = 0;
  const drawSoon = () => { cancelAnimationFrame(due); due = requestAnimationFrame(draw); };

  function goTo(event) {
    const box = map.getBoundingClientRect();
    canvas.scrollTo((event.clientX - box.left) / scale - canvas.clientWidth / 2, (event.clientY - box.top) / scale - canvas.clientHeight / 2);
  }

  if (map) {
    map.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      map.setPointerCapture(event.pointerId);
      goTo(event);
    });
    map.addEventListener("pointermove", (event) => { if (map.hasPointerCapture(event.pointerId)) goTo(event); });
    button.addEventListener("click", () => {
      try { localStorage.setItem("map", map.hidden ? "on" : "off"); } catch { /* then not */ }
      draw();
    });
    canvas.addEventListener("scroll", follow, { passive: true });
    const sizes = new ResizeObserver(drawSoon);
    sizes.observe(canvas);
    const watch = () => { sizes.disconnect(); sizes.observe(canvas); sizes.observe(one("#plan")); drawSoon(); };
    watch();
    document.addEventListener("htmx:after:swap", watch);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSoon);
  }
}
