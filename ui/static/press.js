// What is pressed stays where it is until it is let go. Leaving a field saves it, and what the answer brings may
// move or replace what the pointer is on: the browser makes no click of a press that ends on something else.
import { closest } from "./dom.js";

/** Settles `pressed`. @type {(() => void) | undefined} */
let release;
let pressed = Promise.resolve();

/** Settles once no button of the pointer is down. Await it before moving anything that nobody asked for. */
export function untilReleased() {
  return pressed;
}

// A list or a calendar that opens takes the end of its press to itself: it holds nothing up.
const CLICKABLE = "a, button, summary, label, input:is([type=checkbox], [type=radio])";

document.addEventListener(
  "pointerdown",
  (event) => {
    release?.();
    if (event.button !== 0 || !closest(event, CLICKABLE)) return;
    pressed = new Promise((resolve) => {
      release = resolve;
    });
  },
  true,
);

// In a task of its own: the click comes in the same one as the end of the press.
function releaseAfterClick() {
  if (release) setTimeout(release);
}

for (const end of ["pointerup", "pointercancel", "dragend"]) {
  document.addEventListener(end, releaseAfterClick, true);
}
addEventListener("blur", () => release?.());

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.fetch = async (url, request) => {
    const answer = await fetch(url, request);
    await untilReleased();
    return answer;
  };
});
