/** Where the P&L of each strategy came from: its analysed trades' dollars by cause. */
import { Amount } from "../components/amount.js";
import { PARTS, SplitBars } from "../components/split-bars.js";
import { count, plural } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { Choice } from "../components/choice.js";

/** @typedef {import("../shapes-performance.js").SplitOfStrategy} Split */

/** @param {{ splits: Split[], trades: number }} props `trades`: all that ended */
export function PerformanceSplit({ splits, trades }) {
  const [name, setName] = useState("0");
  if (splits.length === 0) return null;
  const analysed = splits.reduce((sum, one) => sum + one.trades, 0);
  const shown = splits[Math.min(Number(name), splits.length - 1)];
  return html`
    <section class="panel" aria-labelledby="performance-split">
      <div class="panel-head">
        <h2 id="performance-split">Where the P&L came from</h2>
        ${splits.length > 1 && html`<${Choice} label="Drawn" value=${name} options=${splits.map((one, index) => [String(index), nameOf(one)])} onChoose=${setName} />`}
      </div>
      <p class="panel-note">By Greek, what none explains, fees, and what fills cost against the mark; each row adds up to its P&L. ${analysed < trades ? `${count(analysed)} of ${plural(trades, "trade")} are analysed: the others have no marks, or ended today.` : "Every trade is analysed."}</p>
      <div class="split-both">
        <${SplitBars} parts=${shown} total=${shown.total_pnl} label=${`Where the P&L of ${nameOf(shown)} came from`} />
        <div class="mini-scroll" tabindex="0" role="region" aria-label="Dollars by cause">
          <table class="mini-table split-table">
            <thead><tr><th scope="col">Strategy</th><th scope="col" class="group-figure">Trades</th>${PARTS.map(([key, words]) => html`<th key=${key} scope="col" class="group-figure">${words}</th>`)}<th scope="col" class="group-figure">P&L</th></tr></thead>
            <tbody>
              ${splits.map(
                (one) => html`
                  <tr key=${one.key ?? ""}>
                    <th scope="row">${nameOf(one)}</th><td class="group-figure figure">${count(one.trades)}</td>
                    ${PARTS.map(([key]) => html`<td key=${key} class="group-figure figure"><${Amount} value=${one[key]} /></td>`)}
                    <td class="group-figure figure"><strong><${Amount} value=${one.total_pnl} /></strong></td>
                  </tr>
                `,
              )}
            </tbody>
          </table>
        </div>
      </div>
    </section>
  `;
}

/** @param {Split} one */
const nameOf = ({ key }) => key ?? "No strategy";
