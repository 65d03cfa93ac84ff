/** Equity by day, and below it how far it stood under its highest point so far. */
import { TimeChart } from "../components/time-chart.js";
import { calendarDate, money, profit } from "../lib/format.js";
import { html } from "../lib/html.js";

/** @typedef {import("../shapes-performance.js").Day} Day */
/** @typedef {import("../lib/draw-series.js").Series} Series */

const WHOLE_MONEY = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });

const HUNDREDTHS = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "negative" });

/** @param {number} value Drawdowns of a day are often a small part of the account: two decimals. */
const depth = (value) => `${HUNDREDTHS.format(value).replace("-", "−")}%`;

/** @param {{ daily: Day[] }} props */
export function PerformanceCurve({ daily }) {
  if (daily.length < 2) {
    return html`<div class="chart-empty"><p>The equity curve begins with the second trading day.</p></div>`;
  }
  const start = startOf(daily);
  const falls = drawdowns(daily, start);
  const last = daily[daily.length - 1];
  const deepest = Math.min(...falls);
  return html`
    <section class="panel">
      <${TimeChart}
        title=${html`<h2 class="chart-heading">Equity</h2><span class="figure-side">and drawdown from its peak, by trading day</span>`}
        label=${`Equity went from ${money(start)} to ${money(last.equity)} in ${daily.length} trading days; at its deepest it was ${depth(deepest)} from its peak.`}
        series=${seriesOf(daily, start, falls)}
        readingOf=${(/** @type {number | null} */ index) => readingText(daily, falls, index ?? daily.length - 1)}
        signature=${`${daily[0].date} ${last.date} ${daily.length} ${last.equity}`}
        size="tall"
      />
    </section>
  `;
}

/** What the account began with: the curve starts there. @param {Day[]} daily */
const startOf = (daily) => daily[0].equity - daily[0].pnl;

/** Per cent below the highest equity so far, 0 on a peak. @param {Day[]} daily @param {number} start */
export function drawdowns(daily, start) {
  let peak = start;
  return daily.map(({ equity }) => {
    peak = Math.max(peak, equity);
    return peak > 0 ? ((equity - peak) / peak) * 100 : 0;
  });
}

/** @param {Day[]} daily @param {number} start @param {number[]} falls @returns {Series[]} */
const seriesOf = (daily, start, falls) => [
  {
    kind: "baseline",
    base: start,
    format: (value) => WHOLE_MONEY.format(value),
    points: daily.map(({ date, equity }) => ({ at: date, value: equity })),
  },
  {
    kind: "baseline",
    base: 0,
    pane: 1,
    format: depth,
    points: daily.map(({ date }, index) => ({ at: date, value: falls[index] })),
  },
];

/** @param {Day[]} daily @param {number[]} falls @param {number} index */
function readingText(daily, falls, index) {
  const day = daily[Math.min(index, daily.length - 1)];
  const below = falls[Math.min(index, falls.length - 1)];
  return `${calendarDate(day.date)} · ${money(day.equity)} · day ${profit(day.pnl)} · drawdown ${depth(below)}`;
}
