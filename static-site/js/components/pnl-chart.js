/**
 * P&L over time: the mark against the entry. What lies above the entry's line is gain, below it loss; entry, stop
 * and target are lines, bookends, entry and exit are marked.
 */
import { change, day, price, priceNear, sameDay, time } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { isApart } from "../lib/legs.js";
import { hasParts } from "../lib/quantities.js";
import { isPhone } from "../state/narrow.js";
import { LevelHandles, mayMoveLevels } from "./level-handles.js";
import { Segmented } from "./segmented.js";
import { TimeChart } from "./time-chart.js";

/** @typedef {import("../shapes.js").Snapshot & { mark_price: number }} Marked */
/** @typedef {import("../shapes.js").Trade & { entry_price: number }} Entered */
/** @typedef {import("../lib/draw-series.js").Series} Series */
/** @typedef {import("../shapes.js").Snapshot} Snapshot */

/** Of the marks' own span: a level beyond that is no line but an arrow. */
const FAR_TIMES = 2.5;
const RANGES = /** @type {[string, string][]} */ ([
  ["all", "All"],
  ["day", "1 day"],
]);
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

/** A target took its part. @type {Omit<import("../lib/draw-series.js").Mark, "at">} */
const PART_OUT = { text: "part out", shape: "arrowDown", isAbove: true };

/** @param {{ trade: import("../shapes.js").Trade, snapshots: import("../shapes.js").Snapshot[] }} props */
export function PnlChart({ trade, snapshots }) {
  const [range, setRange] = useState(/** @type {"all" | "day"} */ ("all"));
  if (isApart(trade)) return html`<div class="chart-empty"><p>Its legs went their own way: what each holds and is worth stands below.</p></div>`;
  const all = onePerSecond(/** @type {Marked[]} */ (snapshots.filter((each) => each.mark_price !== null)));
  const lastDay = all.filter((each) => sameDay(Date.parse(each.timestamp), Date.parse(all[all.length - 1].timestamp)));
  const hasDays = lastDay.length >= 2 && lastDay.length < all.length;
  const marked = range === "day" && hasDays ? lastDay : all;
  if (marked.length < 2 || trade.entry_price === null) {
    return html`<div class="chart-empty"><p>${trade.broker_mode === "IMPORTED" ? "Imported: no minute data." : `The P&L chart begins with the second mark. ${firstMarkText(trade)}`}</p></div>`;
  }
  const entered = /** @type {Entered} */ (trade);
  const last = marked[marked.length - 1];
  const far = farLevels(entered, marked);
  return html`
    <div class="pnl-chart">
    ${hasDays && html`<${Segmented} label="Range" value=${range} options=${RANGES} onChoose=${setRange} />`}
    <${TimeChart}
      title=${html`P&L over time <span class="figure-side">mark against entry, per ${hasParts(trade) ? "coin" : "share"}</span>${far.map(({ text, value, isAbove }) => html` <span key=${text} class="chart-far">${text} ${price(value)} ${isAbove ? "↑" : "↓"}</span>`)}`}
      label=${`The mark went from ${price(marked[0].mark_price)} to ${price(last.mark_price)}; entry ${axisPrice(entered.entry_price)}, stop ${price(entered.sl_price)}, target ${price(entered.tp_price)}.`}
      series=${[seriesOf(entered, marked, snapshots)]}
      readingOf=${(/** @type {number | null} */ index) => readingText(marked[index ?? marked.length - 1] ?? last, entered)}
      signature=${`${marked.length} ${last.timestamp} ${levelsOf(entered).map(({ value }) => value).join()} ${trade.entry_price}`}
      over=${isPhone.value || !mayMoveLevels(trade) ? null : (/** @type {any} */ drawn) => html`<${LevelHandles} trade=${trade} drawn=${drawn} />`}
    />
    </div>
  `;
}

/** @param {Entered} trade @param {Marked[]} marked @param {Snapshot[]} snapshots @returns {Series} */
function seriesOf(trade, marked, snapshots) {
  return {
    kind: "baseline",
    base: trade.entry_price,
    format: axisPrice,
    points: marked.map((each) => ({ at: Date.parse(each.timestamp), value: each.mark_price })),
    levels: [{ value: trade.entry_price, text: "Entry", tone: "ink" }, ...levelsOf(trade).filter((level) => !isFar(level.value, trade, marked))],
    marks: [
      ...snapshots.filter((each) => each.kind in KIND_MARKS).map((each) => ({ at: nearestTo(Date.parse(each.timestamp), marked), ...KIND_MARKS[each.kind] })),
      ...trade.targets.flatMap(({ filled_at: at }) => (at === null ? [] : [{ at: nearestTo(Date.parse(at), marked), ...PART_OUT }])),
    ].sort((one, other) => one.at - other.at),
  };
}

/** A coin that was paid for on average has decimals without end. @param {number} value */
const axisPrice = (value) => (Math.abs(value) >= 10 ? priceNear(value) : price(value));

/** Stop and targets as lines. @param {Entered} trade @returns {{ value: number, text: string, tone: "gain" | "loss", isDashed: boolean }[]} */
const levelsOf = (trade) => [
  ...targetsOf(trade).map((value) => ({ value, text: "Target", tone: /** @type {const} */ ("gain"), isDashed: true })),
  ...(trade.sl_price === null ? [] : [{ value: trade.sl_price, text: "Stop", tone: /** @type {const} */ ("loss"), isDashed: true }]),
];

/** So far from the marks that its line would press them flat. @param {number} value @param {Entered} trade @param {Marked[]} marked */
function isFar(value, trade, marked) {
  const prices = [...marked.map((each) => each.mark_price), trade.entry_price];
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const room = Math.max(high - low, Math.abs(trade.entry_price) * 0.02) * FAR_TIMES;
  return value > high + room || value < low - room;
}

/** Levels that stand beside the title, with the way to them. @param {Entered} trade @param {Marked[]} marked */
const farLevels = (trade, marked) =>
  levelsOf(trade).flatMap(({ text, value }) => (isFar(value, trade, marked) ? [{ text, value, isAbove: value > trade.entry_price }] : []));

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

/** @param {Marked} snapshot @param {Entered} trade */
function readingText({ timestamp, mark_price: value, kind, underlying }, { entry_price: entry, ticker }) {
  const way = value > entry ? "above entry" : value < entry ? "below entry" : "at entry";
  const part = entry === 0 ? "" : ` (${change(((value - entry) / Math.abs(entry)) * 100)})`;
  const known = KIND_TEXTS[kind];
  return `${day(timestamp)} ${time(timestamp)} · ${price(value)} · ${way}${part}${underlying === null ? "" : ` · ${ticker} ${price(underlying)}`}${known === undefined ? "" : ` · ${known}`}`;
}

/** @param {import("../shapes.js").Trade} trade */
const firstMarkText = ({ status }) => (status === "PENDING" ? "Nothing is held yet." : "Marks come every 40 seconds of the session.");
