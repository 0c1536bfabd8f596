// Values of runs: "Copy" fetches the whole of what is shown in part.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-from]");
  if (!button) return;
  const label = button.querySelector("[data-label]");
  const before = label.textContent;
  try {
    const answer = await fetch(button.dataset.copyFrom);
    if (!answer.ok) throw new Error(String(answer.status));
    const value = await answer.json();
    await navigator.clipboard.writeText(typeof value === "string" ? value : JSON.stringify(value, null, 2));
    label.textContent = "Copied";
  } catch {
    label.textContent = "Not copied";
  }
  setTimeout(() => { label.textContent = before; }, 1600);
});

// Fields with a picker beside them: a moment and a colour. The text is what is sent.
document.addEventListener("change", (event) => {
  const { moment, colour } = event.target.dataset;
  const field = (moment || colour) && document.querySelector(moment || colour);
  if (!field || !event.target.value) return;
  field.value = moment ? new Date(event.target.value).toISOString().replace(".000Z", "Z") : event.target.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
