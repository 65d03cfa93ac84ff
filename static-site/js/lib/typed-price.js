/**
 * Prices as people type them. One leg's price is above nothing. A price of several legs is signed; without a sign it is meant the way the
 * trade was entered: of one entered for a credit "2.40" is what closing costs, so −2.40.
 */
import { price } from "./format.js";
import { isStructure } from "./legs.js";

/** @typedef {{ isStructure: boolean, isCredit: boolean }} Sense how a price is meant */

/** @param {{ entry_price: number | null, legs: { origin: string | null }[] }} trade @returns {Sense} */
export const senseOf = (trade) => ({ isStructure: isStructure(trade), isCredit: isStructure(trade) && (trade.entry_price ?? 0) < 0 });

const DECIMAL = /^\d+(\.\d{1,8})?$/;
const SIGNED = /^[+\u2212-]\d+(\.\d{1,8})?$/;

/** @param {string} typed */
export const isBlank = (typed) => typed.trim() === "";

/** @param {string} typed @param {Sense} sense @returns {number | null} as the API takes it; null when blank or no price */
export function readPrice(typed, { isStructure, isCredit }) {
  const text = typed.trim();
  if (DECIMAL.test(text)) return isStructure && isCredit && Number(text) !== 0 ? -Number(text) : Number(text);
  return isStructure && SIGNED.test(text) ? Number(text.replace("\u2212", "-")) : null;
}

/** A price as it would be typed: with a sign where it is not meant the way the trade was entered. @param {number | null} value @param {Sense} sense */
export function typedPrice(value, { isStructure, isCredit }) {
  if (value === null) return "";
  const size = Math.abs(value);
  const digits = Number(size.toFixed(2)) === size ? size.toFixed(2) : String(size);
  if (!isStructure || value < 0 === isCredit) return digits;
  return value < 0 ? `\u2212${digits}` : `+${digits}`;
}

/** @param {string} typed @param {number | null} read @returns {string | null} why a price field's text is no price */
export const faultOf = (typed, read) => (isBlank(typed) || read !== null ? null : "Enter a price such as 2.45");

/** What leaving a structure at a signed price means. @param {number | null} signed */
export function leaveText(signed) {
  if (signed === null || signed === 0) return null;
  return signed < 0 ? `pays ${price(-signed)} to close` : `closes for ${price(signed)}`;
}
