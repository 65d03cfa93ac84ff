/**
 * Proposing a price: the mid, put on a tick. The tick of a class is not told by the API, but its quotes show it:
 * when every bid and ask of a chain lies on the wide grid (0.05 under 3 $, 0.10 from there on), so must an order.
 * Worked in ten-thousandths, so that no binary fraction creeps in.
 */

const SCALE = 10_000;
const PENNY = 100;
const NICKEL = 500;
const DIME = 1_000;
const WIDE_FROM = 3 * SCALE;
const QUOTES_MIN = 6;
/** A spread above this part of its mid asks again before a market order. */
export const WIDE_SPREAD_PCT = 10;

/** @typedef {import("../shapes.js").Contract} Contract */

/** @param {number} price */
const scaled = (price) => Math.round(price * SCALE);

/** @param {number} units */
const wideTick = (units) => (units < WIDE_FROM ? NICKEL : DIME);

/** @param {Contract[]} contracts Whether the chain is quoted on the wide grid. */
export function isWideGrid(contracts) {
  const quotes = contracts.flatMap(({ bid, ask }) => [bid, ask]).filter((price) => price !== null && price > 0);
  if (quotes.length < QUOTES_MIN) return false;
  return quotes.every((price) => scaled(/** @type {number} */ (price)) % wideTick(scaled(/** @type {number} */ (price))) === 0);
}

/** @param {number | null} mid @param {boolean} wide @returns {string} what the limit field proposes; rounded down */
export function proposeLimit(mid, wide) {
  if (mid === null || mid <= 0) return "";
  const units = scaled(mid);
  const tick = wide ? wideTick(units) : PENNY;
  return (Math.max(tick, Math.floor(units / tick) * tick) / SCALE).toFixed(2);
}

/** @param {Contract} contract @returns {number | null} per cent of mid */
export function spreadPercent({ bid, ask, mid }) {
  if (bid === null || ask === null || mid === null || mid <= 0) return null;
  return ((ask - bid) / mid) * 100;
}
