// What is pressed stays where it is until it is let go. Leaving a field saves it, and what the answer brings may
// move or replace what the pointer is on: the browser makes no click of a press that ends on something else.
"use strict";

let letGo = () => {};
let held = Promise.resolve();

/** Settled while no button of the pointer is down: to be awaited before anything is moved that nobody asked for. */
function untilLetGo() { return held; }

// A list or a calendar that opens takes the end of its press to itself: it holds nothing up.
const clickable = "a, button, summary, label, input:is([type=checkbox], [type=radio])";

document.addEventListener("pointerdown", (event) => {
  letGo();
  if (event.button !== 0 || !event.target.closest?.(clickable)) return;
  held = new Promise((settle) => { letGo = settle; });
}, true);

// In a task of its own: the click comes in the same one as the end of the press.
for (const end of ["pointerup", "pointercancel", "dragend"]) {
  document.addEventListener(end, () => setTimeout(letGo), true);
}
addEventListener("blur", () => letGo());

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.fetch = async (url, request) => {
    const answer = await fetch(url, request);
    await untilLetGo();
    return answer;
  };
});
