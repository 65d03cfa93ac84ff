/** What a move of every underlying at once would do: revalued in full, and by delta and gamma alone beside it. */
import { Amount } from "../components/amount.js";
import { profit } from "../lib/format.js";
import { html } from "../lib/html.js";

/** @typedef {import("../state/risk.js").RiskBook} RiskBook */
/** @typedef {"pnl_5pct_down" | "pnl_2pct_down" | "pnl_1pct_down" | "pnl_1pct_up" | "pnl_2pct_up"} Move */

/** @type {[Move, string][]} */
const MOVES = [
  ["pnl_5pct_down", "−5%"],
  ["pnl_2pct_down", "−2%"],
  ["pnl_1pct_down", "−1%"],
  ["pnl_1pct_up", "+1%"],
  ["pnl_2pct_up", "+2%"],
];
const HALF = 60;

/** @param {{ book: RiskBook }} props */
export function RiskScenarios({ book }) {
  const most = Math.max(...MOVES.map(([name]) => Math.abs(book[name] ?? 0)), 0);
  return html`
    <section class="panel" aria-labelledby="risk-scenarios">
      <h2 id="risk-scenarios">If everything moves by</h2>
      <table class="mini-table scenarios" role="table">
        <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Move</th><td aria-hidden="true"></td><th role="columnheader" scope="col" class="group-figure">P&L</th><th role="columnheader" scope="col" class="group-figure" title="By delta and gamma alone">Rough</th></tr></thead>
        <tbody role="rowgroup">
          ${MOVES.map(
            ([name, text]) => html`
              <tr role="row" key=${name}>
                <th role="rowheader" scope="row" class="figure">${text}</th>
                <td aria-hidden="true"><${Bar} value=${book[name]} most=${most} /></td>
                <td role="cell" class="group-figure figure"><${Amount} value=${book[name]} /></td>
                <td role="cell" class="group-figure figure scenario-rough">${profit(book.rough?.[name] ?? null)}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
      <p class="panel-note">Each option is priced anew at its own volatility. Rough is delta and gamma alone: where the two part, convexity decides.</p>
    </section>
  `;
}

/** @param {{ value: number | null, most: number }} props */
function Bar({ value, most }) {
  const length = value === null || most === 0 ? 0 : (Math.abs(value) / most) * HALF;
  return html`
    <svg class="bar scenario-bar" viewBox=${`0 0 ${2 * HALF} 12`} preserveAspectRatio="none" focusable="false">
      <rect class=${Number(value) < 0 ? "bar-loss" : "bar-gain"} x=${Number(value) < 0 ? HALF - length : HALF} y="1" width=${length} height="10" />
      <line class="bar-zero" x1=${HALF} x2=${HALF} y1="0" y2="12" />
    </svg>
  `;
}
