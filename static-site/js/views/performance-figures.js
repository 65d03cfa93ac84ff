/** The strip of figures above the curves; what is not defined says why. */
import { Amount } from "../components/amount.js";
import { Why } from "../components/why.js";
import { count, duration, money, percent } from "../lib/format.js";
import { html } from "../lib/html.js";
import { plainRatio, tooFewFor } from "../lib/ratios.js";
import { isPhone } from "../state/narrow.js";

/** @typedef {import("../shapes-performance.js").Performance} Performance */
/** @typedef {import("../shapes-performance.js").RankedStrategy} RankedStrategy */

/** @param {{ daily: unknown[], trades: number }} known @param {number | null} value @param {string} reason */
export function yearly({ daily, trades }, value, reason) {
  const tooFew = tooFewFor(trades, daily.length);
  return orWhy(tooFew === null ? value : null, plainRatio, tooFew ?? reason);
}

/** @param {number} fraction `53.3%` */
export const rate = (fraction) => percent(fraction * 100);

/** Four lead; the rest is folded where there is little room. @param {{ known: Performance }} props */
export const PerformanceFigures = ({ known }) => html`
  <dl class="kpis kpis-lead">
    <${Figure} label="Total P&L" note=${`after ${money(known.fees)} fees`}><${Amount} value=${known.total_pnl} brief /><//>
    <${Figure} label="Expectancy" note="a trade">${amountOrWhy(known.expectancy, "It needs one trade.")}<//>
    <${Figure} label="Profit factor" note="gains : losses">
      ${orWhy(known.profit_factor, plainRatio, "There is no losing trade to compare the gains with.")}
    <//>
    <${Figure} label="Max drawdown" note=${drawdownNote(known)}>
      ${amountOrWhy(known.max_drawdown, "It needs one trading day.")}
    <//>
  </dl>
  <details class="kpis-more" open=${!isPhone.value}>
    <summary>All figures</summary>
    <dl class="kpis">
      <${Figure} label="Trades" note=${outcomes(known)}>${count(known.trades)}<//>
      <${Figure} label="Win rate">${orWhy(known.win_rate, rate, "It needs one trade.")}<//>
      <${Figure} label="Average win" note=${known.best !== null && html`best <${Amount} value=${known.best} />`}>
        ${amountOrWhy(known.avg_win, "No trade has won.")}
      <//>
      <${Figure} label="Average loss" note=${known.worst !== null && html`worst <${Amount} value=${known.worst} />`}>
        ${amountOrWhy(known.avg_loss, "No trade has lost.")}
      <//>
      <${Figure} label="Payoff ratio" note="average win : loss">
        ${orWhy(known.payoff_ratio, plainRatio, "It needs a trade that won and one that lost.")}
      <//>
      <${Figure} label="Expectancy in R" note=${known.r.best !== null && known.r.worst !== null && `best ${plainRatio(known.r.best)}, worst ${plainRatio(known.r.worst)}`}>
        ${orWhy(known.r.expectancy, plainRatio, "It needs a trade of which is known what it risked at first.")}
      <//>
      <${Figure} label="Sharpe" note="a year, above 5%">
        ${yearly(known, known.sharpe, "It needs trading days with different returns, each begun with money left.")}
      <//>
      <${Figure} label="Sortino" note="a year, above 5%">
        ${yearly(known, known.sortino, "It needs a trading day that fell short of the risk-free return.")}
      <//>
      <${Figure} label="Calmar" note="yearly return : drawdown">${yearly(known, known.calmar, "It needs a drawdown.")}<//>
      <${Figure} label="Average hold">${orWhy(known.avg_hold_h, duration, "No trade says how long it was held.")}<//>
      <${Figure} label="Slippage" note="of mid, at entry">
        ${orWhy(known.slippage_pct, percent, "No entry kept a two-sided quote to compare its fill with.")}
      <//>
      <${Strategy} label="Best strategy" ranked=${known.best_strategy} />
      <${Strategy} label="Worst strategy" ranked=${known.worst_strategy} />
    </dl>
  </details>
`;

/** @param {{ label: string, note?: any, children?: any }} props */
export const Figure = ({ label, note, children }) => html`
  <div class="kpi">
    <dt>${label}</dt>
    <dd class="figure">${children}</dd>
    ${note && html`<dd class="kpi-note figure">${note}</dd>`}
  </div>
`;

/** @param {{ label: string, ranked: RankedStrategy | null }} props */
const Strategy = ({ label, ranked }) =>
  ranked === null || ranked.too_few
    ? html`<${Figure} label=${label}><${Why} reason=${ranked === null ? "No trade names a strategy." : "No strategy has ten trades yet: fewer prove little."} /><//>`
    : html`<${Figure} label=${label} note=${html`<${Amount} value=${ranked.expectancy} /> a trade, ${count(ranked.trades)} trades`}>
        <span class="kpi-name">${ranked.key}</span>
      <//>`;

/** @param {number | null} value @param {(value: number) => string} show @param {string} reason */
export const orWhy = (value, show, reason) => (value === null ? html`<${Why} reason=${reason} />` : show(value));

/** @param {number | null} value @param {string} reason */
export const amountOrWhy = (value, reason) => (value === null ? html`<${Why} reason=${reason} />` : html`<${Amount} value=${value} />`);

/** @param {Performance} known */
const outcomes = ({ wins, losses, breakeven }) =>
  `${count(wins)} won, ${count(losses)} lost${breakeven > 0 ? `, ${count(breakeven)} even` : ""}`;

/** @param {Performance} known */
function drawdownNote({ max_drawdown_pct: part, max_drawdown_days: days }) {
  if (part === null) return null;
  const length = days === null ? "" : `, ${count(days)} trading ${days === 1 ? "day" : "days"}`;
  return `${percent(part)} of the peak${length}`;
}
