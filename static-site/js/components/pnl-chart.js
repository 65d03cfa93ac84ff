/**
 * P&L over time: the mark against the entry. What lies above the entry's line is gain, below it loss; entry, stop
 * and target are lines, bookends, entry and exit are marked.
 */
import { day, price, time } from "../lib/format.js";
import { html } from "../lib/html.js";
import { isApart } from "../lib/legs.js";
import { TimeChart } from "./time-chart.js";

/** @typedef {import("../shapes.js").Snapshot & { mark_price: number }} Marked */
/** @typedef {import("../shapes.js").Trade & { entry_price: number }} Entered */
/** @typedef {import("../lib/draw-series.js").Series} Series */
/** @typedef {import("../shapes.js").Snapshot} Snapshot */

const KIND_TEXTS = /** @type {Record<string, string>} */ ({
  PRE_MARKET: "before the open",
  POST_MARKET: "after the close",
  ENTRY: "entry",
  EXIT: "exit",
});
const KIND_MARKS = /** @type {Record<string, Omit<import("../lib/draw-series.js").Mark, "at">>} */ ({
  PRE_MARKET: { text: "pre", shape: "square" },
  POST_MARKET: { text: "post", shape: "square", isAbove: true },
  ENTRY: { text: "in", shape: "arrowUp" },
  EXIT: { text: "out", shape: "arrowDown", isAbove: true },
});

/** @param {{ trade: import("../shapes.js").Trade, snapshots: import("../shapes.js").Snapshot[] }} props */
export function PnlChart({ trade, snapshots }) {
  if (isApart(trade)) return html`<div class="chart-empty"><p>Its legs went their own way: what each holds and is worth stands below.</p></div>`;
  const marked = onePerSecond(/** @type {Marked[]} */ (snapshots.filter((each) => each.mark_price !== null)));
  if (marked.length < 2 || trade.entry_price === null) {
    return html`<div class="chart-empty"><p>The P&L chart begins with the second mark. ${firstMarkText(trade)}</p></div>`;
  }
  const entered = /** @type {Entered} */ (trade);
  const last = marked[marked.length - 1];
  return html`
    <${TimeChart}
      title=${html`P&L over time <span class="figure-side">mark against entry, per share</span>`}
      label=${`The mark went from ${price(marked[0].mark_price)} to ${price(last.mark_price)}; entry ${price(entered.entry_price)}, stop ${price(entered.sl_price)}, target ${price(entered.tp_price)}.`}
      series=${[seriesOf(entered, marked, snapshots)]}
      readingOf=${(/** @type {number | null} */ index) => readingText(marked[index ?? marked.length - 1] ?? last, entered.entry_price)}
      signature=${`${marked.length} ${last.timestamp} ${trade.sl_price} ${trade.tp_price} ${trade.entry_price}`}
    />
  `;
}

/** @param {Entered} trade @param {Marked[]} marked @param {Snapshot[]} snapshots @returns {Series} */
function seriesOf(trade, marked, snapshots) {
  return {
    kind: "baseline",
    base: trade.entry_price,
    format: price,
    points: marked.map((each) => ({ at: Date.parse(each.timestamp), value: each.mark_price })),
    levels: [
      { value: trade.entry_price, text: "Entry", tone: "ink" },
      ...targetsOf(trade).map((value) => ({ value, text: "Target", tone: /** @type {const} */ ("gain"), isDashed: true })),
      ...(trade.sl_price === null ? [] : [{ value: trade.sl_price, text: "Stop", tone: /** @type {const} */ ("loss"), isDashed: true }]),
    ],
    marks: snapshots
      .filter((each) => each.kind in KIND_MARKS)
      .map((each) => ({ at: nearestTo(Date.parse(each.timestamp), marked), ...KIND_MARKS[each.kind] })),
  };
}

/** Prices of targets that have not been reached. @param {Entered} trade */
function targetsOf({ targets, tp_price: only }) {
  if (targets.length > 1) return targets.filter((target) => target.state !== "FILLED").map((target) => target.price);
  return only === null ? [] : [only];
}

/** A bookend often finds no quote; its sign then stands at the nearest point. @param {number} at @param {Marked[]} marked */
function nearestTo(at, marked) {
  const times = marked.map((each) => Date.parse(each.timestamp));
  return times.reduce((best, time) => (Math.abs(time - at) < Math.abs(best - at) ? time : best), times[0]);
}

/** A second holds one point; entry and exit outlast the cycle's own mark. @param {Marked[]} marked */
function onePerSecond(marked) {
  /** @type {Map<number, Marked>} */
  const bySecond = new Map();
  for (const each of marked) {
    const second = Math.floor(Date.parse(each.timestamp) / 1000);
    const before = bySecond.get(second);
    if (before === undefined || !(before.kind in KIND_MARKS)) bySecond.set(second, each);
  }
  return [...bySecond.values()];
}

/** @param {Marked} snapshot @param {number} entry */
function readingText({ timestamp, mark_price: value, kind }, entry) {
  const way = value > entry ? "above entry" : value < entry ? "below entry" : "at entry";
  const known = KIND_TEXTS[kind];
  return `${day(timestamp)} ${time(timestamp)} · ${price(value)} · ${way}${known === undefined ? "" : ` · ${known}`}`;
}

/** @param {import("../shapes.js").Trade} trade */
const firstMarkText = ({ status }) => (status === "PENDING" ? "Nothing is held yet." : "Marks come every 40 seconds of the session.");
