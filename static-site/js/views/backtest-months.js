/** P&L by month, a row a year: each month's change of equity. */
import { direction, profit, shortProfit } from "../lib/format.js";
import { html } from "../lib/html.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** @param {{ monthly: { month: string, pnl: number }[] }} props */
export function BacktestMonths({ monthly }) {
  if (monthly.length === 0) return null;
  const byMonth = new Map(monthly.map(({ month, pnl }) => [month, pnl]));
  const years = [...new Set(monthly.map(({ month }) => month.slice(0, 4)))];
  return html`
    <section class="panel" aria-labelledby="backtest-months">
      <h2 id="backtest-months">By month</h2>
      <div class="mini-scroll" tabindex="0" role="region" aria-label="Months of each year">
        <table class="months">
          <thead><tr><th scope="col">Year</th>${MONTHS.map((name) => html`<th key=${name} scope="col">${name}</th>`)}<th scope="col">All</th></tr></thead>
          <tbody>
            ${years.map(
              (year) => html`
                <tr key=${year}>
                  <th scope="row">${year}</th>
                  ${MONTHS.map((name, index) => html`<${Cell} key=${name} pnl=${byMonth.get(`${year}-${String(index + 1).padStart(2, "0")}`) ?? null} />`)}
                  <${Cell} pnl=${yearOf(monthly, year)} isSum />
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
      <p class="panel-note">Changes of equity, open positions at their marks.</p>
    </section>
  `;
}

/** On the cent, as its months are. @param {{ month: string, pnl: number }[]} monthly @param {string} year */
const yearOf = (monthly, year) => monthly.filter(({ month }) => month.startsWith(year)).reduce((cents, { pnl }) => cents + Math.round(pnl * 100), 0) / 100;

/** @param {{ pnl: number | null, isSum?: boolean }} props */
const Cell = ({ pnl, isSum = false }) => html`
  <td class="figure" data-sum=${isSum ? "" : null} title=${pnl === null ? null : profit(pnl)}>${pnl !== null && html`<span class="amount" data-way=${direction(pnl)}>${shortProfit(pnl)}</span>`}</td>
`;
