// The flow's name is changed where it stands. Without this its link leads to the settings.
import { as, closest, must, one } from "../dom.js";

const form = as(HTMLFormElement, one("#rename"));
const field = as(HTMLInputElement, form?.elements.namedItem("name"));

const title = () => one("#bar a[data-rename]");
const isChanged = () => (field?.value.trim() ?? "") !== (title()?.textContent?.trim() ?? "");

function open() {
  const edges = title()?.getBoundingClientRect();
  if (!(form && field && edges)) return;
  form.style.left = `${edges.left - 8}px`;
  form.style.top = `${edges.top - 4}px`;
  form.style.width = `${Math.min(Math.max(edges.width + 48, 280), document.documentElement.clientWidth - edges.left)}px`;
  field.value = title()?.textContent?.trim() ?? "";
  form.showPopover();
  field.select();
}

document.addEventListener("click", (event) => {
  if (!closest(event, "a[data-rename]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open();
});

form?.addEventListener("submit", () => {
  if (isChanged()) must("#bar h1 a").textContent = field?.value.trim() ?? "";
  form.hidePopover();
});

form?.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && field) field.value = title()?.textContent?.trim() ?? "";
});

// Left by a click elsewhere: what was typed is saved, as in the panel.
form?.addEventListener("beforetoggle", (event) => {
  if (event.newState === "open" || !isChanged() || !field?.value.trim()) return;
  form.requestSubmit();
});

addEventListener("pagehide", () => {
  if (!(form?.matches(":popover-open") && isChanged() && field?.value.trim())) return;
  const revision = as(HTMLInputElement, one("#revision"))?.value ?? "";
  const body = new URLSearchParams({ name: field.value, revision });
  fetch(form.action, { method: "POST", body, keepalive: true });
});
