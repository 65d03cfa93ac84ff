/** The performance tab: what the ended trades amount to. */
import { Empty, Failed, Loading } from "../components/empty.js";
import { StaleNotice } from "../components/stale-notice.js";
import { html, useEffect } from "../lib/html.js";
import {
  isFiltered,
  isReadingPerformance,
  NO_FILTERS,
  performance,
  performanceError,
  readPerformance,
  setPerformanceFilters,
} from "../state/performance.js";
import { openTrades } from "../state/portfolio.js";
import { openTicket } from "../state/ticket.js";
import { PerformanceAi } from "./performance-ai.js";
import { PerformanceCalendar } from "./performance-calendar.js";
import { PerformanceCurve } from "./performance-curve.js";
import { PerformanceExcursions } from "./performance-excursions.js";
import { PerformanceFigures } from "./performance-figures.js";
import { PerformanceFilters } from "./performance-filters.js";
import { PerformanceGroups } from "./performance-groups.js";

const PROVES_LITTLE_BELOW = 10;

export function PerformanceView() {
  const open = (openTrades.value ?? []).map((trade) => trade.id).join();
  useEffect(() => void readPerformance(), [open]); // what leaves the open positions counts here
  return html`<${PerformanceFilters} /><${Body} />`;
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
