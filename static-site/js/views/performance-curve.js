/** Over time: equity with the drawdown below it, or the P&L of each day, week, month. */
import { Segmented } from "../components/segmented.js";
import { TimeChart } from "../components/time-chart.js";
import { calendarDate, money, profit, shortProfit } from "../lib/format.js";
import { html, useState } from "../lib/html.js";

/** @typedef {import("../shapes-performance.js").Performance} Performance */
/** @typedef {import("../shapes-performance.js").Day} Day */
/** @typedef {import("../lib/draw-series.js").Series} Series */
/** @typedef {"equity" | "day" | "week" | "month"} Kind */
/** @typedef {{ at: string, name: string, pnl: number }} Span */

/** @type {[Kind, string][]} */
const KINDS = [["equity", "Equity"], ["day", "Days"], ["week", "Weeks"], ["month", "Months"]];
/** So many bars have room for what they stand for; more would print one upon another. */
const LABELED_MAX = 16;
const WHOLE_MONEY = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const HUNDREDTHS = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "negative" });
const MONTH_NAME = new Intl.DateTimeFormat("en-US", { timeZone: "UTC", month: "long", year: "numeric" });

/** @param {number} value */
const wholeMoney = (value) => WHOLE_MONEY.format(value).replace("-", "−");
/** @param {number} value Drawdowns of a day are often a small part of the account: two decimals. */
const depth = (value) => `${HUNDREDTHS.format(value).replace("-", "−")}%`;

/** @param {{ known: Pick<Performance, "daily" | "weekly" | "monthly"> }} props */
export function PerformanceCurve({ known }) {
  const [kind, setKind] = useState(/** @type {Kind} */ ("equity"));
  if (known.daily.length < 2) {
    return html`<div class="chart-empty"><p>The equity curve begins with the second trading day.</p></div>`;
  }
  return html`
    <section class="panel" aria-labelledby="performance-time">
      <div class="panel-head">
        <h2 id="performance-time">Over time</h2>
        <${Segmented} label="Show" value=${kind} options=${KINDS} onChoose=${setKind} />
      </div>
      ${kind === "equity" ? html`<${Equity} daily=${known.daily} />` : html`<${Bars} key=${kind} spans=${spansOf(known, kind)} kind=${kind} />`}
    </section>
  `;
}

/** @param {{ daily: Day[] }} props */
function Equity({ daily }) {
  const start = daily[0].equity - daily[0].pnl;
  const falls = drawdowns(daily, start);
  const last = daily[daily.length - 1];
  return html`
    <${TimeChart}
      title="Equity, and its drawdown from the peak, by trading day"
      label=${`Equity went from ${money(start)} to ${money(last.equity)} in ${daily.length} trading days; at its deepest it was ${depth(Math.min(...falls))} from its peak.`}
      series=${seriesOf(daily, start, falls)}
      readingOf=${(/** @type {number | null} */ index) => dayText(daily, falls, index ?? daily.length - 1)}
      signature=${`${daily[0].date} ${last.date} ${daily.length} ${last.equity}`}
      size="tall"
    />
  `;
}

/** @param {{ spans: Span[], kind: Kind }} props */
function Bars({ spans, kind }) {
  const best = spans.reduce((one, other) => (other.pnl > one.pnl ? other : one));
  const worst = spans.reduce((one, other) => (other.pnl < one.pnl ? other : one));
  return html`
    <${TimeChart}
      title=${`P&L by ${kind}`}
      label=${`${spans.length} ${kind}s; the best ${best.name} with ${profit(best.pnl)}, the worst ${worst.name} with ${profit(worst.pnl)}.`}
      series=${[barsOf(spans)]}
      readingOf=${(/** @type {number | null} */ index) => spanText(spans[Math.min(index ?? spans.length - 1, spans.length - 1)])}
      signature=${`${spans[0].at} ${spans.length} ${spans[spans.length - 1].pnl}`}
      size="tall"
    />
  `;
}

/** Per cent below the highest equity so far, 0 on a peak. @param {Day[]} daily @param {number} start */
function drawdowns(daily, start) {
  let peak = start;
  return daily.map(({ equity }) => {
    peak = Math.max(peak, equity);
    return peak > 0 ? ((equity - peak) / peak) * 100 : 0;
  });
}

/** @param {Pick<Performance, "daily" | "weekly" | "monthly">} known @param {Kind} kind @returns {Span[]} oldest first */
function spansOf({ daily, weekly, monthly }, kind) {
  if (kind === "week") return weekly.map(({ from, pnl }) => ({ at: from, name: `week of ${calendarDate(from)}`, pnl }));
  if (kind === "day") return daily.map(({ date, pnl }) => ({ at: date, name: calendarDate(date), pnl }));
  return monthly.map(({ month, pnl }) => ({ at: `${month}-01`, name: MONTH_NAME.format(new Date(`${month}-01T00:00:00Z`)), pnl }));
}

/** @param {Day[]} daily @param {number} start @param {number[]} falls @returns {Series[]} */
const seriesOf = (daily, start, falls) => [
  {
    kind: "baseline",
    base: start,
    format: wholeMoney,
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

/** @param {Span[]} spans @returns {Series} */
const barsOf = (spans) => ({
  kind: "bars",
  base: 0,
  format: wholeMoney,
  points: spans.map(({ at, pnl }) => ({ at, value: pnl, tone: pnl < 0 ? "loss" : "gain" })),
  marks: spans.length > LABELED_MAX ? [] : spans.map(({ at, pnl }) => ({ at, text: shortProfit(pnl), shape: "none", isAbove: pnl >= 0 })),
});

/** @param {Day[]} daily @param {number[]} falls @param {number} index */
function dayText(daily, falls, index) {
  const day = daily[Math.min(index, daily.length - 1)];
  const below = falls[Math.min(index, falls.length - 1)];
  return `${calendarDate(day.date)} · ${money(day.equity)} · day ${profit(day.pnl)} · drawdown ${depth(below)}`;
}

/** @param {Span} span */
const spanText = ({ name, pnl }) => `${name[0].toUpperCase()}${name.slice(1)} · ${profit(pnl)}`;
