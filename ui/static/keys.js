// A key is written by pressing it. Tab, Escape and Backspace on an empty field do what they always do.
"use strict";

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-key]");
  if (!field || event.altKey || ["Tab", "Escape", "Enter", "Shift", "Control", "Meta", "Alt", "Dead", " "].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "Backspace") { field.value = ""; return; }
  const ctrl = event.ctrlKey || event.metaKey;
  const one = event.key.length === 1;
  const shift = event.shiftKey && (!one || ctrl || /\p{L}/u.test(event.key));
  field.value = [...(ctrl ? ["Ctrl"] : []), ...(shift ? ["Shift"] : []), one && (ctrl || shift) ? event.key.toUpperCase() : event.key].join("+");
});
