// What each expression of the panel gives for the sample, below its field.
import { all, asTextField, closest, targetOf } from "../dom.js";
import { untilReleased } from "../press.js";
import { chosenSample, flowPath, revision, shownStep } from "./page.js";

/**
 * @typedef {object} Preview
 * @property {string} shown
 * @property {string} [sample] the name of the sample that it was evaluated on
 * @property {string | null} [error]
 * @property {number} [column] where the error is, from 0
 * @property {string} [hint] what was probably meant, where the text can be read and means something else
 * @property {{ label: string, text: string } | null} [mend] the correction
 */

/** @typedef {import("../dom.js").TextField} TextField */

const MOST = 12; // fields in a panel
const REMEMBERED = 500; // previews

// What was asked once is known, so that nothing moves when the panel comes anew.
/** @type {Map<string, Preview | null>} */
const known = new Map();

/**
 * What the server is asked about a field.
 * @param {TextField} field
 */
export const questionOf = (field) => ({
  text: field.value,
  kind: field.dataset.expr ?? "",
  step: shownStep(),
  field: field.name,
  sample: chosenSample(),
});

function showPreviews() {
  const fields = all("#panel [data-expr]").map(asTextField);
  const shown = fields
    .filter((field) => field !== null)
    .filter((field) => field.offsetParent && hasExpression(field));
  for (const field of shown.slice(0, MOST)) {
    const body = new URLSearchParams(questionOf(field));
    const key = `${revision()} ${body}`;
    const preview = known.get(key);
    if (preview === undefined) ask(field, body, key);
    else show(field, preview);
  }
}

/**
 * @param {TextField} field
 * @param {URLSearchParams} body
 * @param {string} key
 */
async function ask(field, body, key) {
  try {
    const answer = await fetch(`${flowPath()}/expression`, { method: "POST", body });
    if (!answer.ok) return;
    /** @type {{ preview: Preview | null }} */
    const { preview = null } = await answer.json();
    await untilReleased();
    if (known.size > REMEMBERED) known.clear();
    known.set(key, preview);
    if (field.isConnected && field.value === body.get("text")) show(field, preview);
  } catch {
    // The field stays without a preview.
  }
}

/** @param {TextField} field */
const hasExpression = (field) =>
  field.dataset.expr === "expression" ? field.value.trim() !== "" : field.value.includes("{{");

/**
 * @param {TextField} field
 * @param {Preview | null} preview
 */
function show(field, preview) {
  const box = field.closest(".typed, .combo") ?? field;
  const beside = box.nextElementSibling;
  const line = beside instanceof HTMLElement && beside.matches(".gives") ? beside : addLine(box);
  line.hidden = !preview || Boolean(preview.error);
  line.textContent = preview && !preview.error ? preview.shown : "";
  line.title = preview?.sample ? `For the sample “${preview.sample}”` : "";
  const next = line.nextElementSibling;
  if (next?.matches(".slip")) next.remove();
  if ((preview?.hint || preview?.mend) && !isMended(field)) line.after(slipOf(field, preview));
}

/**
 * Whether the page offers the correction already, for what is saved or was refused.
 * @param {TextField} field
 */
const isMended = (field) =>
  all("#panel button[name=pick]").some((button) =>
    button.getAttribute("value")?.startsWith(`${field.name}=`),
  );

/**
 * What was probably meant, and a button that writes it.
 * @param {TextField} field
 * @param {Preview} preview
 */
function slipOf(field, { error, hint, mend }) {
  const slip = document.createElement("div");
  slip.className = "slip";
  const said = document.createElement("p");
  said.textContent = error || hint || "";
  slip.append(said);
  if (mend) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small";
    button.textContent = mend.label;
    button.addEventListener("click", () => {
      field.value = mend.text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
    slip.append(button);
  }
  return slip;
}

/** @param {Element} box */
function addLine(box) {
  const line = document.createElement("p");
  line.className = "gives";
  box.after(line);
  return line;
}

document.addEventListener("htmx:after:swap", showPreviews);
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.request.action.endsWith("/test")) known.clear();
});
document.addEventListener(
  "toggle",
  (event) => {
    if (closest(event, "#panel") && event.target instanceof HTMLDetailsElement && event.target.open)
      showPreviews();
  },
  true,
);
document.addEventListener("change", (event) => {
  if (targetOf(event)?.id === "data-sample") showPreviews();
});
document.addEventListener("focusout", (event) => {
  if (targetOf(event)?.matches("[data-expr]")) showPreviews();
});
showPreviews();
