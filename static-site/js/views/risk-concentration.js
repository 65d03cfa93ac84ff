/** Where the most may be lost: the largest positions and underlyings, each with its share of the equity and a way to it. */
import { money, percent } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ownLegs, strikesText } from "../lib/legs.js";
import { structureName } from "../lib/words.js";
import { openTrades } from "../state/portfolio.js";
import { riskPicture } from "../state/risk.js";
import { address } from "../state/route.js";

const FULL_PCT = 30;

export function RiskConcentration() {
  const known = riskPicture.value;
  if (known === null || known.positions.length === 0) return null;
  return html`
    <section class="panel risk-concentration" aria-labelledby="risk-concentration">
      <h2 id="risk-concentration">Where most may be lost</h2>
      <div class="concentrations">
        <${Table} title="Positions" rows=${known.positions.map((one) => ({ ...one, key: one.trade_id, name: one.ticker, sub: subOf(one) }))} />
        <${Table} title="Underlyings" rows=${known.underlyings.map((one) => ({ ...one, key: one.ticker, name: one.ticker, sub: "" }))} />
      </div>
      <p class="panel-note">The most that each can lose at its worst, of the equity. One position is warned of from ${FULL_PCT}% on.</p>
    </section>
  `;
}

/** Which of several on one underlying: its strikes, where the portfolio lists it. @param {{ trade_id: string, structure: string | null }} of */
function subOf({ trade_id: id, structure }) {
  const trade = openTrades.value?.find((one) => one.id === id);
  return [trade && strikesText(ownLegs(trade)), structure !== null && structureName(structure)].filter(Boolean).join(" · ");
}

/** @param {{ title: string, rows: { key: string, name: string, sub: string, max_loss: number, equity_pct: number | null }[] }} props */
const Table = ({ title, rows }) => html`
  <table class="mini-table concentration" role="table">
    <caption>${title}</caption>
    <thead class="visually-hidden" role="rowgroup"><tr role="row">${["Name", "Most to lose", "Of the equity"].map((text) => html`<th key=${text} role="columnheader" scope="col">${text}</th>`)}</tr></thead>
    <tbody role="rowgroup">
      ${rows.map(
        ({ key, name, sub, max_loss: loss, equity_pct: share }) => html`
          <tr role="row" key=${key} data-tone=${share !== null && share > FULL_PCT ? "warn" : null}>
            <th role="rowheader" scope="row"><a href=${address("positions", { q: name })}>${name}</a>${sub !== "" && html`<span class="cell-sub">${sub}</span>`}</th>
            <td role="cell" class="group-figure figure">${money(-loss)}</td>
            <td role="cell" class="group-figure figure">${percent(share)}</td>
          </tr>
        `,
      )}
    </tbody>
  </table>
`;
