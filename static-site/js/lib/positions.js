/** Open positions as a table: its columns, their order, what narrows it, its groups. Pure; money comes from the server. */
import { daysTo } from "./format.js";
import { isStructure, ownLegs } from "./legs.js";
import { holdsShares } from "./words.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {import("../shapes-account.js").Position} Position */
/** A row: a trade with what the server knows of it beside its marks; null while it is not told. @typedef {{ trade: Trade, facts: Position | null }} Row */

/**
 * `value`: by what the column sorts, null last; without it the column does not sort. `isChosen`: whether its owner may leave it
 * out, and whether it is there at first.
 * @typedef {{ name: string, text: string, title?: string, value?: (row: Row, nowMs: number) => number | string | null, choice?: "shown" | "hidden" }} Column
 */

/** @type {Column[]} */
export const COLUMNS = [
  { name: "contract", text: "Contract", value: ({ trade }) => `${trade.ticker} ${expiryOf(trade) ?? ""} ${trade.strike ?? ""}` },
  { name: "dte", text: "DTE", title: "Days to expiry", value: ({ trade }, nowMs) => daysTo(expiryOf(trade), nowMs), choice: "shown" },
  { name: "qty", text: "Qty", value: ({ trade }) => trade.open_qty ?? trade.qty },
  { name: "entry", text: "Entry", value: ({ trade }) => trade.entry_price, choice: "shown" },
  { name: "cost", text: "Cost", title: "What the entry paid for what is held", value: ({ facts }) => facts?.cost ?? null, choice: "hidden" },
  { name: "mark", text: "Mark", value: ({ trade }) => trade.current_price },
  { name: "pnl", text: "Open P&L", value: ({ trade }) => trade.unrealized_pnl },
  { name: "pct", text: "P&L %", title: "Of the premium, or of what could be lost at most", value: ({ facts }) => facts?.pnl_pct ?? null, choice: "hidden" },
  { name: "day", text: "Day", title: "P&L since the last close", value: ({ facts }) => facts?.day_pnl ?? null, choice: "shown" },
  { name: "stop", text: "Stop", title: "Stop, and how far the mark is from it", value: ({ trade, facts }) => levelDistance(trade, trade.sl_price ?? facts?.strategy_stop ?? null) },
  { name: "target", text: "Target", title: "Target, and how far the mark is from it", value: ({ trade }) => levelDistance(trade, nextTarget(trade)) },
  { name: "underlying", text: "Underlying", value: ({ facts }) => facts?.underlying ?? null, choice: "hidden" },
  { name: "delta", text: "Delta", title: "Shares that the position moves like", value: ({ facts }) => facts?.delta ?? null, choice: "shown" },
  { name: "theta", text: "Theta", title: "Dollars a day", value: ({ facts }) => facts?.theta ?? null, choice: "shown" },
  { name: "state", text: "State" },
  { name: "actions", text: "Actions" },
];

/** @typedef {{ by: string, isDown: boolean }} Sort */
/** @typedef {{ words: string, only: string }} Narrowed */

/** What a quick filter lets through. @type {Record<string, { text: string, fits: (trade: Trade, nowMs: number, facts: Position | null) => boolean }>} */
export const QUICK = {
  bare: { text: "No stop", fits: (trade, _nowMs, facts) => lacksStop(trade, facts) },
  week: { text: "Expires this week", fits: expiresThisWeek },
  pending: { text: "Pending", fits: (trade) => trade.status === "PENDING" },
  winning: { text: "Winning", fits: (trade) => (trade.unrealized_pnl ?? 0) > 0 },
  losing: { text: "Losing", fits: (trade) => (trade.unrealized_pnl ?? 0) < 0 },
};

/** @param {Trade} trade the first of its expiries */
export function expiryOf(trade) {
  const dates = trade.legs.flatMap(({ expiry, quantity }) => (expiry === null || quantity === 0 ? [] : [expiry])).sort();
  return dates[0] ?? trade.expiry;
}

/** @param {Trade} trade */
export const isHeld = (trade) => (trade.open_qty ?? 0) > 0;

/** Positions are held and none of them has a price: sums of nothing are not nothing. @param {Iterable<Position>} held */
export function isNonePriced(held) {
  const all = [...held];
  return all.length > 0 && all.every(({ priced }) => !priced);
}

/** Something is held and nothing ends its fall, no stop of a strategy either. @param {Trade} trade @param {Position | null} facts */
export function lacksStop(trade, facts) {
  return isHeld(trade) && trade.sl_price === null && (facts?.strategy_stop ?? null) === null && trade.status !== "CLOSING" && !holdsShares(trade);
}

/** @param {Trade} trade @param {number} nowMs */
export function expiresThisWeek(trade, nowMs) {
  const days = daysTo(expiryOf(trade), nowMs);
  if (days === null) return false;
  const weekday = new Date(nowMs).getUTCDay();
  return days <= (7 - weekday) % 7;
}

/** @param {Trade} trade the price of the next target */
export function nextTarget({ targets, tp_price: only }) {
  const next = targets.find((target) => target.state !== "FILLED") ?? null;
  return targets.length > 1 ? (next?.price ?? null) : (only ?? next?.price ?? null);
}

/** How far a level lies from the mark, in per cent of it; of a net price, which may be near nothing, it says little. @param {Trade} trade @param {number | null} level */
export function levelDistance(trade, level) {
  const mark = trade.current_price;
  return mark === null || level === null || mark <= 0 || trade.entry_price === null || isStructure(trade) ? null : ((level - mark) / mark) * 100;
}

/** @param {Row[]} rows @param {Narrowed} narrowed @param {number} nowMs */
export function narrowRows(rows, { words, only }, nowMs) {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const quick = QUICK[only];
  if (wanted.length === 0 && quick === undefined) return rows;
  return rows.filter(({ trade, facts }) => {
    const text = wanted.length === 0 ? "" : wordsOf(trade);
    return wanted.every((word) => text.includes(word)) && (quick === undefined || quick.fits(trade, nowMs, facts));
  });
}

/** @param {Trade} trade */
function wordsOf(trade) {
  const own = ownLegs(trade).map((leg) => `${leg.strike ?? ""} ${leg.option_type ?? ""} ${leg.expiry ?? ""}`);
  return [trade.ticker, trade.strategy, trade.structure, ...own].join(" ").toLowerCase();
}

/** Sorted by a column; what has no value there stands last either way, equals keep their order. @param {Row[]} rows @param {Sort | null} sort @param {number} nowMs */
export function sortRows(rows, sort, nowMs) {
  const value = COLUMNS.find(({ name }) => name === sort?.by)?.value;
  if (sort === null || value === undefined) return rows;
  const way = sort.isDown ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: value(row, nowMs) }));
  return keyed.sort((one, other) => compare(one.key, other.key, way)).map(({ row }) => row);
}

/** @param {number | string | null} one @param {number | string | null} other @param {number} way */
function compare(one, other, way) {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  if (typeof one === "string" || typeof other === "string") return way * String(one).localeCompare(String(other), "en", { numeric: true });
  return way * (one - other);
}

/** By underlying, in the order in which each comes first. @param {Row[]} rows @returns {[string, Row[]][]} */
export function groupRows(rows) {
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of rows) {
    const known = groups.get(row.trade.ticker);
    if (known === undefined) groups.set(row.trade.ticker, [row]);
    else known.push(row);
  }
  return [...groups];
}
