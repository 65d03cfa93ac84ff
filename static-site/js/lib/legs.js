/** Legs of a trade or of a draft: what they are called, and what they weigh. Pure. */
import { calendarDate, day, price, strike } from "./format.js";
import { holdsShares, isOption, sharesText, structureName } from "./words.js";

/** @typedef {"LONG" | "SHORT"} Side */
/**
 * What a leg is in.
 * @typedef {{ instrument: string, side: string, ratio: number, option_type: string | null, strike: number | null, expiry: string | null }} LegTerms
 */

const CONTRACT_SIZE = 100;

/** @param {{ instrument: string }} leg */
export const isOptionLeg = ({ instrument }) => instrument === "OPTION";

/** @param {{ side: string }} leg */
export const signOf = ({ side }) => (side === "SHORT" ? -1 : 1);

/** Units of the underlying that one structure holds through a leg, signed. @param {LegTerms} leg */
export const unitsOf = (leg) => signOf(leg) * leg.ratio * (isOptionLeg(leg) ? CONTRACT_SIZE : 1);

/**
 * Puts from the highest strike down, calls from the lowest up, shares before them: `610/604 P`, `600/595 P 620/625 C`.
 * @param {LegTerms[]} legs
 */
export function strikesText(legs) {
  const of = (/** @type {string} */ right) => legs.filter((leg) => leg.option_type === right);
  const puts = inOrder(of("PUT"), -1);
  const calls = inOrder(of("CALL"), 1);
  const shares = legs.some((leg) => leg.instrument === "EQUITY") ? "shares" : "";
  return [shares, puts && `${puts} P`, calls && `${calls} C`].filter(Boolean).join(" ");
}

/** @param {LegTerms[]} legs @param {1 | -1} way */
function inOrder(legs, way) {
  const least = Math.min(...legs.map((leg) => leg.ratio));
  const sorted = [...legs].sort((one, other) => way * ((one.strike ?? 0) - (other.strike ?? 0)));
  const strikes = new Set(sorted.map((leg) => `${leg.ratio > least ? `${leg.ratio}×` : ""}${strike(leg.strike)}`));
  return [...strikes].join("/");
}

/** `Mar 20, 2026`, of two expiries `Mar 20 / Apr 17, 2026` @param {{ expiry: string | null }[]} legs @param {boolean} [withoutYear] */
export function expiriesText(legs, withoutYear = false) {
  const dates = /** @type {string[]} */ ([...new Set(legs.map((leg) => leg.expiry).filter(Boolean))].sort());
  return dates.map((date, index) => (withoutYear || index < dates.length - 1 ? day(`${date}T12:00:00Z`) : calendarDate(date))).join(" / ");
}

/** `610 P`, `100 shares`; of another expiry than the rest with its day @param {LegTerms} leg @param {boolean} [withDay] */
export function legText(leg, withDay = false) {
  if (!isOptionLeg(leg)) return leg.instrument === "EQUITY" ? "shares" : "coins";
  const text = `${strike(leg.strike)} ${leg.option_type === "PUT" ? "P" : "C"}`;
  return withDay && leg.expiry !== null ? `${text} ${day(`${leg.expiry}T12:00:00Z`)}` : text;
}

/** @param {{ expiry: string | null }[]} legs */
export const hasExpiries = (legs) => new Set(legs.map((leg) => leg.expiry).filter(Boolean)).size > 1;

/** A signed price in words: below nothing is a credit. @param {number | null} signed */
export function netText(signed) {
  if (signed === null) return "—";
  return signed === 0 ? "even" : `${signed < 0 ? "credit" : "debit"} ${price(Math.abs(signed))}`;
}

/** The legs that were asked for; shares that an assignment or an exercise brought are not. @template {{ origin?: string | null }} Leg @param {{ legs: Leg[] }} trade */
export const ownLegs = ({ legs }) => legs.filter((leg) => (leg.origin ?? null) === null);

/** @param {{ legs: { origin?: string | null }[] }} trade */
export const isStructure = (trade) => ownLegs(trade).length > 1;

/**
 * Whether legs went another way than their structure: assigned, expired, bought back outside. What is left has no price that compares with the entry's.
 * @param {{ qty: number, open_qty: number | null, is_locked: boolean, legs: { ratio: number, quantity: number, origin: string | null }[] }} trade
 */
export const isApart = ({ qty, open_qty: openQty, is_locked: isLocked, legs }) => {
  const structures = legs.length > 1 && openQty ? openQty : qty;
  return !isLocked && legs.some((leg) => leg.origin !== null || leg.quantity !== structures * leg.ratio);
};

/** `SPY 610/604 P vertical` @param {{ ticker: string, structure: string | null, legs: (LegTerms & { origin?: string | null })[] }} trade */
export const structureText = (trade) =>
  `${trade.ticker} ${strikesText(ownLegs(trade))} ${structureName(trade.structure).toLowerCase()}`;

/** What a trade is called in a sentence: `AAPL 190 call`, `SPY shares` @param {import("../shapes.js").Trade} trade */
export function shortName(trade) {
  if (isStructure(trade)) return structureText(trade);
  if (isOption(trade)) return `${trade.ticker} ${trade.strike} ${trade.option_type === "CALL" ? "call" : "put"}`;
  return holdsShares(trade) ? `${trade.ticker} ${sharesText(trade)}` : trade.ticker;
}
