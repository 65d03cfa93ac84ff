/** The strip of figures above the curves; what is not defined says why. */
import { Amount } from "../components/amount.js";
import { Chip } from "../components/chip.js";
import { Why } from "../components/why.js";
import { count, duration, money, percent } from "../lib/format.js";
import { html } from "../lib/html.js";

/** @typedef {import("../shapes-performance.js").Performance} Performance */
/** @typedef {import("../shapes-performance.js").RankedStrategy} RankedStrategy */

const TWO = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** @param {number} value A ratio such as Sharpe's: `1.84`. */
const plainRatio = (value) => TWO.format(value).replace("-", "−");

/** @param {number} fraction `53.3%` */
export const rate = (fraction) => percent(fraction * 100);

/** @param {{ known: Performance }} props */
export const PerformanceFigures = ({ known }) => html`
  <dl class="kpis">
    <${Figure} label="Total P&L" note=${`after ${money(known.fees)} fees`}><${Amount} value=${known.total_pnl} /><//>
    <${Figure} label="Trades" note=${outcomes(known)}>${count(known.trades)}<//>
    <${Figure} label="Win rate">${orWhy(known.win_rate, rate, "It needs one trade.")}<//>
    <${Figure} label="Profit factor" note="gains : losses">
      ${orWhy(known.profit_factor, plainRatio, "There is no losing trade to compare the gains with.")}
    <//>
    <${Figure} label="Expectancy" note="a trade">${amountOrWhy(known.expectancy, "It needs one trade.")}<//>
    <${Figure} label="Average win" note=${known.best !== null && html`best <${Amount} value=${known.best} />`}>
      ${amountOrWhy(known.avg_win, "No trade has won.")}
    <//>
    <${Figure} label="Average loss" note=${known.worst !== null && html`worst <${Amount} value=${known.worst} />`}>
      ${amountOrWhy(known.avg_loss, "No trade has lost.")}
    <//>
    <${Figure} label="Payoff ratio" note="average win : loss">
      ${orWhy(known.payoff_ratio, plainRatio, "It needs a trade that won and one that lost.")}
    <//>
    <${Figure} label="Sharpe" note="a year, above 5%">
      ${orWhy(known.sharpe, plainRatio, "It needs two trading days with different returns, each begun with money left.")}
    <//>
    <${Figure} label="Sortino" note="a year, above 5%">
      ${orWhy(known.sortino, plainRatio, "It needs two trading days, and one that fell short of the risk-free return.")}
    <//>
    <${Figure} label="Calmar" note="yearly return : drawdown">
      ${orWhy(known.calmar, plainRatio, "It needs two trading days and a drawdown.")}
    <//>
    <${Figure} label="Max drawdown" note=${drawdownNote(known)}>
      ${amountOrWhy(known.max_drawdown, "It needs one trading day.")}
    <//>
    <${Figure} label="Average hold">${orWhy(known.avg_hold_h, duration, "No trade says how long it was held.")}<//>
    <${Figure} label="Slippage" note="of mid, at entry">
      ${orWhy(known.slippage_pct, percent, "No entry kept a two-sided quote to compare its fill with.")}
    <//>
    <${Strategy} label="Best strategy" ranked=${known.best_strategy} />
    <${Strategy} label="Worst strategy" ranked=${known.worst_strategy} />
  </dl>
`;

/** @param {{ label: string, note?: any, children?: any }} props */
const Figure = ({ label, note, children }) => html`
  <div class="kpi">
    <dt>${label}</dt>
    <dd class="figure">${children}</dd>
    ${note && html`<dd class="kpi-note figure">${note}</dd>`}
  </div>
`;

/** @param {{ label: string, ranked: RankedStrategy | null }} props */
const Strategy = ({ label, ranked }) =>
  ranked === null
    ? html`<${Figure} label=${label}><${Why} reason="No trade names a strategy." /><//>`
    : html`<${Figure} label=${label} note=${html`<${Amount} value=${ranked.expectancy} /> a trade, ${count(ranked.trades)} trades`}>
        <span class="kpi-name">${ranked.key}</span>${ranked.too_few && html`<${TooFew} />`}
      <//>`;

export const TooFew = () => html`<${Chip} tone="warn" title="Under 10 trades: this proves little">too few<//>`;

/** @param {number | null} value @param {(value: number) => string} show @param {string} reason */
const orWhy = (value, show, reason) => (value === null ? html`<${Why} reason=${reason} />` : show(value));

/** @param {number | null} value @param {string} reason */
const amountOrWhy = (value, reason) => (value === null ? html`<${Why} reason=${reason} />` : html`<${Amount} value=${value} />`);

/** @param {Performance} known */
const outcomes = ({ wins, losses, breakeven }) =>
  `${count(wins)} won, ${count(losses)} lost${breakeven > 0 ? `, ${count(breakeven)} even` : ""}`;

/** @param {Performance} known */
function drawdownNote({ max_drawdown_pct: part, max_drawdown_days: days }) {
  if (part === null) return null;
  const length = days === null ? "" : `, ${count(days)} trading ${days === 1 ? "day" : "days"}`;
  return `${percent(part)} of the peak${length}`;
}
