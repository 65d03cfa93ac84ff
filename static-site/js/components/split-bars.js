/** Where a result came from: dollars by Greek, what no Greek explains, fees, what fills cost; they add up to the result, to the cent. */
import { html } from "../lib/html.js";
import { Amount } from "./amount.js";

/** @typedef {import("../shapes-split.js").SplitParts} Parts */

/** @type {[keyof Parts, string, string][]} name, words, what it is */
export const PARTS = [
  ["delta", "Delta", "the underlying moved"],
  ["gamma", "Gamma", "it moved far"],
  ["theta", "Theta", "time passed"],
  ["vega", "Vega", "implied volatility moved"],
  ["residual", "Not explained", "by no Greek"],
  ["fees", "Fees", "paid"],
  ["slippage", "Slippage", "fills against the mark"],
];
const HALF = 60;

/** @param {{ parts: Parts, total: number, label: string }} props */
export function SplitBars({ parts, total, label }) {
  const most = Math.max(...PARTS.map(([name]) => Math.abs(parts[name])), 0);
  return html`
    <table class="split" role="table" aria-label=${label}>
      <tbody role="rowgroup">
        ${PARTS.map(
          ([name, words, what]) => html`
            <tr role="row" key=${name}>
              <th role="rowheader" scope="row">${words} <span class="split-what">${what}</span></th>
              <td aria-hidden="true"><${Bar} value=${parts[name]} most=${most} /></td>
              <td role="cell" class="figure split-figure"><${Amount} value=${parts[name]} /></td>
            </tr>
          `,
        )}
      </tbody>
      <tfoot role="rowgroup">
        <tr role="row"><th role="rowheader" scope="row">Result</th><td aria-hidden="true"></td><td role="cell" class="figure split-figure"><${Amount} value=${total} /></td></tr>
      </tfoot>
    </table>
  `;
}

/** @param {{ value: number, most: number }} props */
function Bar({ value, most }) {
  const length = most === 0 ? 0 : (Math.abs(value) / most) * HALF;
  return html`
    <svg class="bar" width=${HALF * 2} height="12" viewBox=${`0 0 ${HALF * 2} 12`} focusable="false">
      <rect class=${value < 0 ? "bar-loss" : "bar-gain"} x=${value < 0 ? HALF - length : HALF} y="1" width=${length} height="10" rx="1" />
      <line class="bar-zero" x1=${HALF} x2=${HALF} y1="0" y2="12" />
    </svg>
  `;
}
