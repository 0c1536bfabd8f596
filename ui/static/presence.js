// Others at the same flow: their edits come in by themselves, and never over what is being written here.
"use strict";

{
  const one = (selector) => document.querySelector(selector);
  const newer = one("#newer");
  const mine = () => Number(one("#revision")?.value ?? 0);
  let known = 0; // the newest revision that we have heard of

  const changed = (field) => ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
    : field.matches("input:not([type=hidden]), textarea") && field.value !== field.defaultValue;
  const writing = () => dirty || [...document.querySelectorAll("#panel input, #panel textarea")].some(changed);

  document.addEventListener("edited", (event) => {
    known = Math.max(known, JSON.parse(event.detail.data).revision);
    if (known > mine() && location.pathname === newer.dataset.at) htmx.trigger(newer, "newer");
  });

  // Its turn comes after our own edits: then there may be nothing newer any more.
  document.addEventListener("htmx:before:request", (event) => {
    const { request, sourceElement } = event.detail.ctx;
    if (sourceElement !== newer) return;
    if (known <= mine()) { event.preventDefault(); return; }
    const asked = new URLSearchParams({ since: mine(), mark: one("#panel").dataset.mark, busy: writing() ? "1" : "" });
    request.headers["HX-Current-URL"] = location.href;
    request.action = `${newer.getAttribute("hx-get")}?${asked}`;
  });

  // What waits behind a refused change was meant for a page that is no more, and what is done beside one would
  // take it away: first it is decided what becomes of it.
  let refused = 0;
  document.addEventListener("htmx:config:request", (event) => { event.detail.ctx.begun = Date.now(); });
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx.response?.status === 409) refused = Date.now();
  });
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    const conflict = one("#conflict");
    const decides = !conflict || conflict.contains(ctx.sourceElement) || ctx.sourceElement.matches("[hx-target='#truth']");
    if (ctx.request.method !== "POST" || (ctx.begun >= refused && decides)) return;
    event.preventDefault();
    said("bad", "Not done: decide about your other change first.");
    conflict?.focus();
  });
}
