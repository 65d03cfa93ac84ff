/** Several targets of one trade: a price each, and how many contracts are sold there; what is left keeps the stop alone. */
import { count } from "../lib/format.js";
import { html } from "../lib/html.js";
import { halvesOf, readQuantity, sumOf, typedQuantity } from "../lib/quantities.js";
import { sharesOf } from "../lib/shares.js";
import { isBlank, readPrice, typedPrice } from "../lib/typed-price.js";
import { Field, PriceField } from "./field.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {{ price: string, qty: string }} Row */

export const TARGETS_MAX = 5;
const ONE_LEG = { isStructure: false, isCredit: false };

/** @param {Trade} trade */
export const openOf = (trade) => trade.open_qty ?? trade.qty;

/** Targets that wait, as they would be typed; null of a trade with one over everything. @param {Trade} trade @returns {Row[] | null} */
export function rowsOf(trade) {
  const waiting = trade.targets.filter((target) => target.state !== "FILLED");
  if (trade.targets.length < 2) return null;
  return waiting.map((target) => ({ price: typedPrice(target.price, ONE_LEG), qty: typedQuantity(target.quantity) }));
}

/** One target made two. @param {string} price @param {Trade} trade @returns {Row[]} */
export function splitRows(price, trade) {
  const [first, second] = halvesOf(openOf(trade), trade);
  return [{ price, qty: typedQuantity(first) }, { price: "", qty: typedQuantity(second) }];
}

/** As the API takes them; null while a row lacks something. @param {Row[]} rows @param {Trade} trade */
export function targetsBody(rows, trade) {
  const open = openOf(trade);
  const prices = rows.map((row) => readPrice(row.price, ONE_LEG));
  const parts = rows.map((row) => readQuantity(row.qty, trade) ?? 0);
  if (prices.includes(null) || parts.includes(0) || sumOf(parts) > open) return null;
  const shares = sharesOf(parts, open);
  return prices.map((price, index) => ({ price: Number(price), share: shares[index] }));
}

/** @param {{ rows: Row[], open: number, byField: Record<string, string>, onChange: (rows: Row[]) => void }} props */
export function TargetRows({ rows, open, byField, onChange }) {
  const change = (/** @type {number} */ at, /** @type {Partial<Row>} */ part) => onChange(rows.map((row, index) => (index === at ? { ...row, ...part } : row)));
  return html`
    <fieldset class="targets">
      <legend class="visually-hidden">Targets</legend>
      ${rows.map(
        (row, index) => html`
          <div class="target-row" key=${index}>
            <${PriceField} label=${`Target ${index + 1}`} value=${row.price} onInput=${(/** @type {string} */ price) => change(index, { price })}
              error=${(isBlank(row.price) || readPrice(row.price, ONE_LEG) !== null ? null : "Enter a price such as 2.45") ?? byField[`targets.${index}.price`] ?? null} />
            <${Field} label=${`How many at ${index + 1}`} value=${row.qty} inputmode="decimal" class="figure" onInput=${(/** @type {string} */ qty) => change(index, { qty })}
              error=${byField[`targets.${index}.share`] ?? null} />
            <button type="button" class="button-link" aria-label=${`Remove target ${index + 1}`} onClick=${() => onChange(rows.filter((_row, at) => at !== index))}>Remove</button>
          </div>
        `,
      )}
      <p class="field-hint">${restText(rows, open)}
        ${rows.length < TARGETS_MAX && html`${" "}<button type="button" class="button-link" onClick=${() => onChange([...rows, { price: "", qty: "" }])}>Add a target</button>`}
      </p>
      ${byField.targets && html`<p class="field-error" role="alert">${byField.targets}</p>`}
    </fieldset>
  `;
}

/** @param {Row[]} rows @param {number} open */
function restText(rows, open) {
  const left = sumOf([open, ...rows.map((row) => -(Number(row.qty) || 0))]);
  if (left < 0) return `More than the ${count(open)} that are open.`;
  return left === 0 ? "All of it has a target." : `${count(left)} of ${count(open)} without a target.`;
}
