/**
 * Proposing a price: the mid, put on a tick. The tick of a class is not told by the API, but its quotes show it:
 * when every bid and ask of a chain lies on the wide grid (0.05 under 3 $, 0.10 from there on), so must an order;
 * a cent from 3 $ on is only where one quote there shows it, else it is a nickel.
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

/** @typedef {"wide" | "nickel" | "penny"} Grid */

/** @type {Record<Grid, { low: number, high: number }>} ticks under 3 $, and from there on */
const TICKS = {
  wide: { low: NICKEL, high: DIME },
  nickel: { low: PENNY, high: NICKEL },
  penny: { low: PENNY, high: PENNY },
};

/** @param {number} units @param {Grid} grid */
const tickOf = (units, grid) => (units < WIDE_FROM ? TICKS[grid].low : TICKS[grid].high);

/** @param {Contract[]} contracts @returns {Grid} the widest grid that the chain's quotes lie on */
export function gridOf(contracts) {
  const prices = contracts.flatMap(({ bid, ask }) => [bid, ask]);
  const quotes = prices.flatMap((price) => (price !== null && price > 0 ? [scaled(price)] : []));
  /** @param {Grid} grid */
  const fits = (grid) => quotes.every((units) => units % tickOf(units, grid) === 0);
  if (quotes.length >= QUOTES_MIN && fits("wide")) return "wide";
  return fits("nickel") ? "nickel" : "penny";
}

/** @param {number | null} mid @param {Grid} grid @returns {string} what the limit field proposes; rounded down */
export function proposeLimit(mid, grid) {
  if (mid === null || mid <= 0) return "";
  const units = scaled(mid);
  const tick = tickOf(units, grid);
  return (Math.max(tick, Math.floor(units / tick) * tick) / SCALE).toFixed(2);
}

/** @param {Contract} contract @returns {number | null} per cent of mid */
export function spreadPercent({ bid, ask, mid }) {
  if (bid === null || ask === null || mid === null || mid <= 0) return null;
  return ((ask - bid) / mid) * 100;
}
