/** What happened to one's trades, told event by event, newest first, by day. Pure: everything is read from the trades. */
import { date, plural, price, weekday } from "./format.js";
import { isStructure, shortName } from "./legs.js";
import { reasonName } from "./words.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {"opened" | "waiting" | "ended" | "changed" | "imported"} Kind */
/**
 * `result` is the server's, in dollars; null where nothing was realized.
 * @typedef {{ id: string, at: string, kind: Kind, text: string, detail: string, result: number | null, trade: string | null }} Event
 */

/** @param {Trade[]} trades of any state @param {import("../shapes-import.js").PastImport[]} imports @returns {Event[]} newest first */
export function eventsOf(trades, imports) {
  const own = trades.filter((trade) => trade.broker_mode !== "IMPORTED");
  const events = [...own.flatMap(eventsOfTrade), ...imports.flatMap(eventOfImport)];
  return events.sort((one, other) => other.at.localeCompare(one.at) || other.id.localeCompare(one.id));
}

/** @param {Trade} trade @returns {Event[]} */
function eventsOfTrade(trade) {
  return [entryOf(trade), ...(trade.changes ?? []).flatMap((change) => changeOf(trade, change)), endOf(trade)].flatMap((event) => (event === null ? [] : [event]));
}

/** @param {Trade} trade @returns {Event | null} */
function entryOf(trade) {
  const base = { id: `${trade.id} entry`, result: null, trade: trade.id };
  if (trade.entry_date !== null) {
    const count = trade.filled_qty ?? trade.qty;
    const did = isStructure(trade) ? "Opened" : trade.legs[0]?.side === "SHORT" ? "Sold" : "Bought";
    return { ...base, at: trade.entry_date, kind: "opened", text: `${did} ${count} ${shortName(trade)}`, detail: `at ${price(trade.entry_price)}` };
  }
  if (trade.status !== "PENDING") return null;
  return { ...base, at: trade.created_at, kind: "waiting", text: `Order for ${trade.qty} ${shortName(trade)}`, detail: trade.limit_price === null ? "at market" : `at ${price(trade.limit_price)}` };
}

/** @param {Trade} trade @returns {Event | null} */
function endOf(trade) {
  if (!trade.is_locked || trade.close_date === null) return null;
  const at = trade.close_price === null ? "" : `at ${price(trade.close_price)}`;
  return { id: `${trade.id} end`, at: trade.close_date, kind: "ended", text: `${shortName(trade)}: ${reasonName(trade.close_reason).toLowerCase()}`, detail: at, result: trade.realized_pnl, trade: trade.id };
}

/** @param {Trade} trade @param {import("../shapes.js").Change} change @returns {Event[]} */
function changeOf(trade, { id, at, state, before, after, error }) {
  if (state !== "APPLIED" && state !== "FAILED") return [];
  const moved = [levelText("stop", before?.sl_price, after?.sl_price), levelText("target", before?.tp_price, after?.tp_price)].filter(Boolean).join(", ");
  const detail = state === "FAILED" ? `failed${error === null ? "" : `: ${error}`}` : moved;
  return [{ id, at, kind: "changed", text: `${shortName(trade)} adjusted`, detail, result: null, trade: trade.id }];
}

/** @param {string} name @param {unknown} before @param {unknown} after */
function levelText(name, before, after) {
  if ((before ?? null) === (after ?? null)) return "";
  const show = (/** @type {unknown} */ level) => (typeof level === "number" ? price(level) : "none");
  return `${name} ${show(before)} → ${show(after)}`;
}

/** @param {import("../shapes-import.js").PastImport} past @returns {Event[]} */
function eventOfImport({ id, at, trades, total_pnl, undone_at }) {
  if (undone_at !== null) return [];
  return [{ id, at, kind: "imported", text: `Imported ${plural(trades, "trade")}`, detail: "", result: total_pnl, trade: null }];
}

/** The events of each Eastern day, newest first. @param {Event[]} events @returns {{ day: string, events: Event[] }[]} */
export function byDay(events) {
  /** @type {Map<string, Event[]>} */
  const days = new Map();
  for (const event of events) {
    const day = `${weekday(event.at)}, ${date(event.at).slice(-4)}`;
    days.set(day, [...(days.get(day) ?? []), event]);
  }
  return [...days].map(([day, of]) => ({ day, events: of }));
}
