/** The test beside what the same strategy made on paper and live: all its trades that have ended. */
import { Amount } from "../components/amount.js";
import { Failed, Loading } from "../components/empty.js";
import { count } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { plainRatio } from "../lib/ratios.js";
import { modeName } from "../lib/words.js";
import { beside, besideError, readBeside } from "../state/backtest-beside.js";
import { address } from "../state/route.js";
import { rate } from "./performance-figures.js";

/** @typedef {import("../state/backtests.js").BacktestResult} BacktestResult */
/** @typedef {{ trades: number, win_rate: number | null, expectancy: number | null, profit_factor: number | null, total_pnl: number, slippage_pct: number | null, r: { expectancy: number | null } }} Row */

const FEW = 10;

/** @param {{ result: BacktestResult, strategy: { name: string } }} props */
export function BacktestBeside({ result, strategy: { name } }) {
  useEffect(() => void readBeside(name), [name]);
  const known = beside.value;
  return html`
    <section class="panel" aria-labelledby="backtest-beside">
      <h2 id="backtest-beside">Beside what it made outside the test</h2>
      ${known === null ? (besideError.value === null ? html`<${Loading} what="its trades" />` : html`<${Failed} what="Its trades" error=${besideError.value} onRetry=${() => readBeside(name)} />`) : html`
        <div class="mini-scroll" tabindex="0" role="region" aria-label="Test, paper and live">
          <table class="mini-table beside">
            <thead><tr><th scope="col">${name}</th>${["Trades", "Won", "A trade", "In R", "Factor", "Worse than mid"].map((text) => html`<th key=${text} scope="col" class="group-figure">${text}</th>`)}</tr></thead>
            <tbody>
              <${Line} what="This test" row=${result} />
              ${known.map(({ mode, figures }) => html`<${Line} key=${mode} what=${figures.trades === 0 ? modeName(mode) : html`<a href=${address("performance", { strategy: name, mode })}>${modeName(mode)}</a>`} row=${figures} />`)}
            </tbody>
          </table>
        </div>
        <p class="panel-note">${known.every(({ figures }) => figures.trades === 0) ? "No trade of it has ended outside the test: nothing says yet whether the test holds." : `Under ${FEW} trades prove little. Worse than mid: entries, in per cent of the mid.`}</p>
      `}
    </section>
  `;
}

/** @param {{ what: any, row: Row }} props */
const Line = ({ what, row }) => html`
  <tr>
    <th scope="row">${what}</th>
    <td class="group-figure figure">${count(row.trades)}</td>
    <td class="group-figure figure">${row.win_rate === null ? "—" : rate(row.win_rate)}</td>
    <td class="group-figure figure"><${Amount} value=${row.expectancy === null ? null : Math.round(row.expectancy * 100) / 100} /></td>
    <td class="group-figure figure">${row.r.expectancy === null ? "—" : plainRatio(row.r.expectancy)}</td>
    <td class="group-figure figure">${row.profit_factor === null ? "—" : plainRatio(row.profit_factor)}</td>
    <td class="group-figure figure">${row.slippage_pct === null ? "—" : `${row.slippage_pct.toFixed(1)}%`.replace("-", "−")}</td>
  </tr>
`;
