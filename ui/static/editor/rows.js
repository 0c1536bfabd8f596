// A list of values always has an empty row at its end.
import { all } from "../dom.js";

/**
 * Add a row below the last one, once something is written into that.
 * @param {HTMLInputElement} input
 */
export function growRows(input) {
  const row = input.closest(".pair");
  if (!row || row.nextElementSibling || !inputsOf(row).some((each) => each.value)) return;
  const next = /** @type {Element} */ (row.cloneNode(true));
  for (const each of inputsOf(next)) {
    each.name = each.name.replace(
      /\.(\d+)(\.[a-z]+)?$/,
      (_all, at, rest = "") => `.${Number(at) + 1}${rest}`,
    );
    each.id = `${each.id}x`;
    each.value = "";
    each.defaultValue = "";
  }
  row.after(next);
}

/**
 * @param {Element} row
 * @returns {HTMLInputElement[]}
 */
const inputsOf = (row) => all("input", row).filter((each) => each instanceof HTMLInputElement);
