// What is typed is lost by no way out: what a panel is left with goes to the server, which shows it there again.
import { all, as, must, one } from "../dom.js";
import { flowPath, revision } from "./page.js";

const KEY = "left"; // what the last page of this tab was left with
const LARGEST = 60_000; // bytes that a browser sends while it leaves a page (Fetch: keepalive, 64 KiB)

/**
 * The form that a field of the panel is typed into, if what it is about can be stored.
 * @param {Element | null | undefined} field
 */
export function panelFormOf(field) {
  const form = as(HTMLFormElement, field?.closest("form") ?? null) ?? as(HTMLFormElement, ownerOf(field));
  return form?.elements.namedItem("panel") ? form : null;
}

/** @param {Element | null | undefined} field */
const ownerOf = (field) => (field && "form" in field ? field.form : null);

/**
 * What a form sends, without passwords and files: those are stored nowhere.
 * @param {HTMLFormElement} form
 */
export function textsOf(form) {
  const texts = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const secret = all(`input[type=password][name="${CSS.escape(name)}"]`, form).length > 0;
    if (typeof value === "string" && !secret) texts.append(name, value);
  }
  return texts;
}

/** What the next request of `#store` sends. @type {URLSearchParams | null} */
let storing = null;

/**
 * Store what a form holds, in its turn among the changes that are on their way.
 * @param {HTMLFormElement} form
 */
export function storeUnsaved(form) {
  storing = textsOf(form);
  htmx.ajax("POST", `${flowPath()}/unsaved`, { source: must("#store"), target: "#store", swap: "none" });
}

document.addEventListener("htmx:config:request", (event) => {
  const { request, sourceElement } = event.detail.ctx;
  if (sourceElement.id !== "store" || !(request.body instanceof FormData)) return;
  for (const [name, text] of storing ?? []) request.body.append(name, text);
  storing = null;
});

/**
 * Store what a form holds while the page is left. That need not arrive before the next page is asked for, so the
 * next page hears of it, too.
 * @param {HTMLFormElement} form
 */
export async function storeLeaving(form) {
  const body = textsOf(form);
  sessionStorage.setItem(KEY, JSON.stringify([flowPath(), revision(), String(body)]));
  try {
    await fetch(`${flowPath()}/unsaved`, { method: "POST", body, keepalive: true });
  } catch {
    // The next page of this tab stores it.
  }
}

/**
 * Whether a form is too large for the browser to send while it leaves the page.
 * @param {HTMLFormElement} form
 */
export const isLarge = (form) => String(textsOf(form)).length > LARGEST;

/** Show what the page before in this tab was left with, where the panel is that it was typed into. */
async function takeUp() {
  const left = sessionStorage.getItem(KEY);
  if (!left) return;
  const [path, seen, text] = JSON.parse(left);
  const body = new URLSearchParams(text);
  const name = CSS.escape(body.get("panel") ?? "");
  // On a newer draft what is stored counts, whatever came last.
  if (path === flowPath() && seen === revision()) {
    const answer = await fetch(`${path}/unsaved`, { method: "POST", body }).catch(() => null);
    if (!answer || answer.status >= 500) return; // the next page of this tab tries again
  }
  sessionStorage.removeItem(KEY);
  if (path !== flowPath() || !one(`#panel input[name=panel][value="${name}"]`)) return;
  if (one(`#panel [data-left][data-of="${name}"]`)) return;
  // The panel is the source, too: what the server answers goes by the target of the source.
  const from = { source: must("#panel"), target: "#panel", swap: "outerHTML" };
  await htmx.ajax("GET", location.pathname + location.search, from);
}

// What nobody has tried to save yet is saved now, where forms save themselves.
function savePending() {
  const form = as(HTMLFormElement, one("#panel form[data-autosave]"));
  const name = form?.querySelector("input[name=panel]")?.getAttribute("value") ?? "";
  if (form && one(`#panel [data-left=pending][data-of="${CSS.escape(name)}"]`)) form.requestSubmit();
}

if (one(".editor")) {
  takeUp();
  savePending();
  document.addEventListener("htmx:after:swap", savePending);
}
