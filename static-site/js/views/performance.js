/** The performance tab: what the ended trades amount to. */
import { Empty, Failed, Loading } from "../components/empty.js";
import { lazy } from "../components/lazy.js";
import { StaleNotice } from "../components/stale-notice.js";
import { calendarDate } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { modeName } from "../lib/words.js";
import {
  ANY_MODE,
  isFiltered,
  isReadingPerformance,
  NO_FILTERS,
  performance,
  performanceError,
  performanceFilters,
  readPerformance,
  scope,
  setPerformanceFilters,
} from "../state/performance.js";
import { openTrades } from "../state/portfolio.js";
import { openTicket } from "../state/ticket-draft.js";
import { PerformanceAi } from "./performance-ai.js";
import { PerformanceCalendar } from "./performance-calendar.js";
import { PerformanceCurve } from "./performance-curve.js";
import { PerformanceExcursions } from "./performance-excursions.js";
import { PerformanceFigures } from "./performance-figures.js";
import { PerformanceFilters } from "./performance-filters.js";
import { PerformanceGroups } from "./performance-groups.js";
import { PerformanceSplit } from "./performance-split.js";

const PROVES_LITTLE_BELOW = 10;

const PerformanceBrackets = lazy("the bracket explorer", async () => (await import("./performance-brackets.js")).PerformanceBrackets, { styles: ["css/views/heat.css"] });

export function PerformanceView() {
  const open = (openTrades.value ?? []).map((trade) => trade.id).join();
  const asked = JSON.stringify([performanceFilters.value, scope.value]);
  useEffect(() => void readPerformance(), [open, asked]); // what leaves the open positions counts here
  return html`<${PerformanceFilters} /><${Scope} /><${Body} />`;
}

/** Whose trades these are is said above the figures; several kinds of money together are warned of. */
function Scope() {
  const { from, to, ticker, strategy } = performanceFilters.value;
  const dates = from === "" && to === "" ? "all dates" : `${from === "" ? "the first" : calendarDate(from)} to ${to === "" ? "today" : calendarDate(to)}`;
  const whose = scope.value === ANY_MODE ? "Every mode" : modeName(scope.value);
  return html`
    <h2 class="scope">Realized P&L · ${[whose, dates, ticker.toUpperCase(), strategy].filter(Boolean).join(" · ")}</h2>
    ${scope.value === ANY_MODE && html`<p class="notice" data-tone="warn">Paper, imported and live trades together: no account ever had this result.</p>`}
  `;
}

function Body() {
  const known = performance.value;
  const error = performanceError.value;
  if (known === null) {
    return error === null
      ? html`<${Loading} what="performance" />`
      : html`<${Failed} what="Performance" error=${error} onRetry=${readPerformance} />`;
  }
  const notice = error === null ? null : html`<${StaleNotice} error=${error} onRetry=${readPerformance} />`;
  if (known.trades === 0) return html`${notice}${isFiltered() ? html`<${NothingMatches} />` : html`<${NothingYet} />`}`;
  return html`
    <div class="performance" aria-busy=${isReadingPerformance.value ? "true" : null}>
      ${notice}
      ${
        known.trades < PROVES_LITTLE_BELOW &&
        html`<p class="notice" role="status">
          ${known.trades === 1 ? "One trade has" : `${known.trades} trades have`} ended. Under ${PROVES_LITTLE_BELOW}, rates and ratios
          prove little: a single trade moves them far.
        </p>`
      }
      <${PerformanceFigures} known=${known} />
      <${PerformanceCurve} known=${known} />
      <${PerformanceCalendar} known=${known} />
      <${PerformanceExcursions} excursions=${known.excursions} />
      <${PerformanceBrackets} ended=${known.trades} />
      <${PerformanceSplit} splits=${known.pnl_attribution} trades=${known.trades} />
      <${PerformanceAi} ai=${known.ai} />
      <${PerformanceGroups} by=${known.by} />
    </div>
  `;
}

const NothingMatches = () => html`
  <${Empty} title="No ended trade matches these filters">
    <button type="button" class="button" onClick=${() => setPerformanceFilters(NO_FILTERS)}>Clear the filters</button>
  <//>
`;

const NothingYet = () => html`
  <${Empty} title="Performance begins with your first ended trade">
    <p>Win rate, equity curve, drawdown and what each strategy brings appear here once a trade is closed or expires.</p>
    <button type="button" class="button" data-kind="primary" onClick=${openTicket}>New trade</button>
  <//>
`;
