/** Is it any good? What it made, a trade on average with what chance alone could make of that, and how far it fell. */
import { Amount } from "../components/amount.js";
import { SplitBars } from "../components/split-bars.js";
import { count, money, percent, profit } from "../lib/format.js";
import { html } from "../lib/html.js";
import { plainRatio } from "../lib/ratios.js";
import { amountOrWhy, Figure, orWhy, rate, yearly } from "./performance-figures.js";

/** @typedef {import("../state/backtests.js").BacktestResult} BacktestResult */

/** Fewer say nothing of chance. */
const TRADES_MIN = 10;

/** @param {number} value `+0.14R` */
const inR = (value) => `${plainRatio(value).replace(/^(?=[\d>])/, value > 0 ? "+" : "")}R`;

/** @param {{ result: BacktestResult }} props */
export function BacktestMade({ result }) {
  const drawn = result.bias.find(({ check }) => check === "significance")?.numbers ?? {};
  const [split] = result.pnl_attribution;
  return html`
    <section class="panel" aria-labelledby="backtest-made">
      <h2 id="backtest-made">Is it any good?</h2>
      <dl class="kpis backtest-lead">
        <${Figure} label="Total P&L" note=${`after ${money(result.fees)} fees, ${money(result.final_equity)} at the end`}><${Amount} value=${result.total_pnl} brief /><//>
        <${Figure} label="Profit factor" note="gains : losses">${orWhy(result.profit_factor, plainRatio, "There is no losing trade to compare the gains with.")}<//>
        <${Figure} label="Expectancy in R" note=${between(result, drawn.r_low, drawn.r_high, inR)}>
          ${orWhy(result.r.expectancy, inR, "It needs a trade with a bound to what it could lose.")}
        <//>
        <${Figure} label="Expectancy" note=${between(result, drawn.mean_low, drawn.mean_high, (value) => profit(Math.round(value * 100) / 100))}>
          ${amountOrWhy(result.expectancy === null ? null : Math.round(result.expectancy * 100) / 100, "It needs one trade.")}
        <//>
        <${Figure} label="Trades" note=${`${count(result.wins)} won, ${count(result.losses)} lost`}>${count(result.trades)}<//>
        <${Figure} label="Win rate" note=${result.avg_days_in_trade === null ? null : `${result.avg_days_in_trade.toFixed(1)} days in a trade`}>${orWhy(result.win_rate, rate, "It needs one trade.")}<//>
        <${Figure} label="Max drawdown" note=${result.max_drawdown_pct === null ? null : `${percent(result.max_drawdown_pct)} of the peak, ${count(result.max_drawdown_days)} days`}>${amountOrWhy(result.max_drawdown, "It needs one trading day.")}<//>
        <${Figure} label="Sharpe" note="a year, above 5%">${yearly(result, result.sharpe, "It needs days with different returns.")}<//>
        <${Figure} label="Average win" note=${result.best !== null && html`best <${Amount} value=${result.best} />`}>${amountOrWhy(result.avg_win, "No trade has won.")}<//>
        <${Figure} label="Average loss" note=${result.worst !== null && html`worst <${Amount} value=${result.worst} />`}>${amountOrWhy(result.avg_loss, "No trade has lost.")}<//>
        <${Figure} label="Sortino" note="a year, above 5%">${yearly(result, result.sortino, "It needs a day below the risk-free return.")}<//>
        <${Figure} label="Calmar" note="yearly return : drawdown">${yearly(result, result.calmar, "It needs a drawdown.")}<//>
      </dl>
      ${split !== undefined && html`<details class="kpis-more"><summary>Where the P&L came from</summary><${SplitBars} parts=${split} total=${split.total_pnl} label="Where the P&L came from" /></details>`}
    </section>
  `;
}

/** The middle 95 % of what as many trades drawn from its own come to. @param {BacktestResult} result @param {number | null | undefined} low @param {number | null | undefined} high @param {(value: number) => string} look */
function between({ trades }, low, high, look) {
  if (low !== undefined && low !== null && high !== undefined && high !== null) return `95% of draws: ${look(low)} to ${look(high)}`;
  return trades < TRADES_MIN ? `no interval under ${TRADES_MIN} trades` : "no interval";
}
