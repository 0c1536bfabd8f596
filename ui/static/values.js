// Values of runs, and fields with a picker beside them.
import { flash } from "./copy.js";
import { as, closest, must } from "./dom.js";

/**
 * "Copy" fetches the whole of what is shown in part.
 * @param {string} url
 * @returns {Promise<string>} what to show on the button
 */
async function copyWhole(url) {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(String(answer.status));
    const value = await answer.json();
    await navigator.clipboard.writeText(typeof value === "string" ? value : JSON.stringify(value, null, 2));
    return "Copied";
  } catch {
    return "Not copied";
  }
}

document.addEventListener("click", async (event) => {
  const button = closest(event, "[data-copy-from]");
  if (button?.dataset.copyFrom) flash(must("[data-label]", button), await copyWhole(button.dataset.copyFrom));
});

// A moment or a colour that is picked goes into the text field beside the picker, which is what is sent.
document.addEventListener("change", (event) => {
  const picker = as(HTMLInputElement, event.target);
  const selector = picker?.dataset.moment || picker?.dataset.colour;
  const field = selector && as(HTMLInputElement, document.querySelector(selector));
  if (!(picker?.value && field)) return;
  field.value = picker.dataset.moment
    ? new Date(picker.value).toISOString().replace(".000Z", "Z")
    : picker.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
