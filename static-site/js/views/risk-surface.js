/** The book over price and volatility at once: every leg valued anew at each crossing, today or some days on. */
import { Segmented } from "../components/segmented.js";
import { money, profit, shortProfit, timeZoned } from "../lib/format.js";
import { html } from "../lib/html.js";
import { pictureDays, riskPicture, riskPictureError, showDays } from "../state/risk.js";

/** @typedef {import("../state/risk.js").RiskPicture} RiskPicture */

/** @type {[string, string][]} */
const DAYS = [["0", "Today"], ["7", "In 7 days"], ["21", "In 21 days"]];
/** Shades of one colour: so many, and none for next to nothing. */
const SHADES = 5;

export function RiskSurface() {
  const known = riskPicture.value;
  return html`
    <section class="panel risk-surface" aria-labelledby="risk-surface">
      <div class="panel-head">
        <h2 id="risk-surface">Price and volatility together</h2>
        <${Segmented} label="When" value=${String(pictureDays.value)} options=${DAYS} onChoose=${(/** @type {string} */ days) => showDays(Number(days))} />
      </div>
      ${riskPictureError.value !== null && html`<p class="notice" data-tone="warn" role="status">It could not be read: ${riskPictureError.value}</p>`}
      ${known === null ? riskPictureError.value === null && html`<p class="panel-note">Valuing the book…</p>` : known.unknown !== null ? html`<p class="panel-note">Not known: ${known.unknown}.</p>` : html`<${Grid} known=${known} />`}
    </section>
  `;
}

/** @param {{ known: RiskPicture }} props */
function Grid({ known: { moves, points, pnl, legs, as_of: at } }) {
  if (legs === 0) return html`<p class="panel-note">Nothing is held.</p>`;
  const most = Math.max(...pnl.flat().map(Math.abs), 0);
  const worst = Math.min(...pnl.flat());
  return html`
    <div class="table-scroll" tabindex="0" role="region" aria-label="P&L by moves of price and volatility">
      <table class="mini-table surface" role="table">
        <caption class="visually-hidden">P&L in dollars: a row for each move of every underlying, a column for each shift of implied volatility in points</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Price</th>
            ${points.map((point) => html`<th key=${point} role="columnheader" scope="col" class="group-figure figure">${point === 0 ? "IV as now" : `IV ${signed(point)}`}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${moves.map(
            (move, row) => html`
              <tr role="row" key=${move} data-now=${move === 0 ? "" : null}>
                <th role="rowheader" scope="row" class="figure">${move === 0 ? "as now" : `${signed(move)}%`}</th>
                ${pnl[row].map((value, column) => html`<td role="cell" key=${column} class="group-figure figure" data-way=${value < 0 ? "down" : "up"} data-shade=${shadeOf(value, most)} title=${profit(value)}>${value > 0 ? "+" : ""}${shortProfit(value)}</td>`)}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
    <p class="panel-note">Worst here ${money(worst)}. Columns add points to each leg's own implied volatility. From marks of ${timeZoned(at)}.</p>
  `;
}

/** @param {number} value */
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value)}`;

/** @param {number} value @param {number} most */
const shadeOf = (value, most) => (most === 0 ? 0 : Math.round((Math.abs(value) / most) * SHADES));
