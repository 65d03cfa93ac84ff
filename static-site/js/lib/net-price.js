/**
 * The price of a structure from its legs' quotes, signed: what one pays for one unit of it per share, below nothing for a credit. A
 * single leg has its own price. Worked in ten-thousandths, so that no binary fraction creeps in.
 */
import { signOf, unitsOf } from "./legs.js";

/** @typedef {{ bid: number | null, ask: number | null }} Touch */
/** @typedef {import("./legs.js").LegTerms} LegTerms */
/** @typedef {{ natural: number | null, mid: number | null, best: number | null }} NetPrice */

const SCALE = 10_000;
const CENTS = 100;
const CONTRACT_SIZE = 100;

/**
 * `natural` is had at once, `best` would be had if the market came all the way; null when a leg lacks that side.
 * @param {LegTerms[]} legs @param {(Touch | null)[]} touches @returns {NetPrice}
 */
export function netPrice(legs, touches) {
  const at = (/** @type {(leg: LegTerms, touch: Touch) => number | null} */ priceOf) => inSum(legs, touches, priceOf);
  return {
    natural: at((leg, touch) => (leg.side === "LONG" ? touch.ask : touch.bid)),
    mid: at((_leg, { bid, ask }) => (bid === null || ask === null || bid <= 0 || ask <= 0 ? null : (bid + ask) / 2)),
    best: at((leg, touch) => (leg.side === "LONG" ? touch.bid : touch.ask)),
  };
}

/** @param {LegTerms[]} legs @param {(Touch | null)[]} touches @param {(leg: LegTerms, touch: Touch) => number | null} priceOf */
function inSum(legs, touches, priceOf) {
  const prices = legs.map((leg, index) => {
    const touch = touches[index] ?? null;
    const price = touch === null ? null : priceOf(leg, touch);
    return price === null || price <= 0 ? null : Math.round(price * SCALE);
  });
  if (prices.length === 0 || prices.includes(null)) return null;
  if (legs.length === 1) return Number(prices[0]) / SCALE;
  const paid = legs.reduce((sum, leg, index) => sum + unitsOf(leg) * Number(prices[index]), 0);
  const unit = legs.some((leg) => leg.instrument === "OPTION") ? CONTRACT_SIZE : 1;
  return Math.round(paid / unit) / SCALE;
}

/** A net price on a cent that leaves nothing on the table: rounded down, a credit away from nothing. @param {number} signed */
export const toCent = (signed) => Math.floor(Math.round(signed * SCALE) / CENTS) / CENTS;

/** @param {number} signed @param {number} cents */
export const stepped = (signed, cents) => Math.round(signed * CENTS + cents) / CENTS;

/**
 * Greeks of what is held, from Greeks per share: shares, shares per dollar, dollars a day, dollars per volatility point.
 * @param {{ side: string, multiplier: number, quantity: number }} leg @param {number | null} perShare
 */
export const held = (leg, perShare) => (perShare === null ? null : signOf(leg) * leg.multiplier * leg.quantity * perShare);
