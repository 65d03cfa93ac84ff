/** Where an ended trade's result came from, in all and by leg; it adds up to the cent. */
import { dateTime, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { hasExpiries, legText } from "../lib/legs.js";
import { Amount } from "./amount.js";
import { PARTS, SplitBars } from "./split-bars.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {import("../shapes-split.js").Attribution} Attribution */

/** @param {{ trade: Trade }} props */
export function DetailSplit({ trade }) {
  if (!trade.is_locked) return null;
  const found = trade.pnl_attribution;
  return html`
    <section class="mini detail-split" aria-label="Where the P&L came from">
      <h3>Where the P&L came from</h3>
      ${
        found === null
          ? html`<p class="detail-note">${trade.broker_mode === "IMPORTED" ? "Imported: no marks to tell it by." : "Worked out in the night after the trade ended, where it has marks with Greeks."}</p>`
          : html`
              <${SplitBars} parts=${found} total=${trade.realized_pnl} label="Where the P&L came from" />
              ${found.legs.length > 1 && html`<${ByLeg} trade=${trade} legs=${found.legs} />`}
              ${found.unexplained.intervals > 0 && html`<${Gaps} found=${found.unexplained} />`}
            `
      }
    </section>
  `;
}

/** @param {{ trade: Trade, legs: Attribution["legs"] }} props */
const ByLeg = ({ trade, legs }) => html`
  <div class="mini-scroll" tabindex="0" role="region" aria-label="By leg">
    <table>
      <thead><tr><th scope="col">Leg</th>${PARTS.map(([name, words]) => html`<th key=${name} scope="col">${words}</th>`)}</tr></thead>
      <tbody>
        ${legs.map(
          (leg) => html`<tr key=${leg.symbol}><th scope="row">${nameOf(trade, leg.symbol)}</th>${PARTS.map(([name]) => html`<td key=${name} class="figure"><${Amount} value=${leg[name]} /></td>`)}</tr>`,
        )}
      </tbody>
    </table>
  </div>
`;

/** @param {Trade} trade @param {string} symbol */
function nameOf(trade, symbol) {
  const leg = trade.legs.find((each) => each.symbol === symbol);
  return leg === undefined ? symbol : `${leg.side === "SHORT" ? "Short" : "Long"} ${legText(leg, hasExpiries(trade.legs))}`;
}

/** @param {{ found: Attribution["unexplained"] }} props */
const Gaps = ({ found }) => html`
  <details class="more-facts">
    <summary>${plural(found.intervals, "interval")} without Greeks ${found.intervals === 1 ? "counts" : "count"} as not explained</summary>
    <ul>${found.items.map((gap, index) => html`<li key=${index}><strong>${dateTime(gap.from)} to ${dateTime(gap.to)}</strong> <${Amount} value=${gap.pnl} />: ${gap.reason}</li>`)}</ul>
  </details>
`;
