/**
 * A coin's position at a price of now: the server's figure, moved by what the price moved since its mark, so that both are of one kind. The
 * one place where the page works out money (C-10): what is stored follows each minute.
 */

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {{ price: number, atMs: number }} Heard */
/** `isLive`: by a price that is newer than the server's mark. @typedef {{ price: number | null, atMs: number | null, pnl: number | null, pct: number | null, r: number | null, isLive: boolean }} Standing */

const cents = (/** @type {number} */ value) => Math.round(value * 100) / 100;

/** @param {Trade} trade @param {Heard | null} heard @param {number | null} [pct] the server's @returns {Standing} */
export function standing(trade, heard, pct = null) {
  const { mark_at, current_price: mark, unrealized_pnl: pnl, open_qty: open, entry_price: entry, legs, r_achieved: r } = trade;
  const markedMs = mark_at === null ? null : Date.parse(mark_at);
  const isNewer = heard !== null && (markedMs === null || heard.atMs >= markedMs);
  if (heard === null || !isNewer || mark === null || pnl === null || open === null || entry === null) {
    return { price: isNewer && heard !== null ? heard.price : mark, atMs: isNewer && heard !== null ? heard.atMs : markedMs, pnl, pct, r, isLive: false };
  }
  const moved = (heard.price - mark) * open * (legs[0]?.side === "SHORT" ? -1 : 1);
  const now = cents(pnl + moved);
  const risk = riskOf(trade);
  return { price: heard.price, atMs: heard.atMs, pnl: now, pct: entry * open === 0 ? pct : (now / (entry * open)) * 100, r: r === null || risk === null ? r : r + moved / risk, isLive: true };
}

/** What its first stop would have lost. @param {Trade} trade @returns {number | null} */
export function riskOf({ entry_price: entry, initial_sl: stop, filled_qty: quantity }) {
  const risk = entry === null || stop === null || quantity === null ? 0 : Math.abs(entry - stop) * quantity;
  return risk > 0 ? risk : null;
}
