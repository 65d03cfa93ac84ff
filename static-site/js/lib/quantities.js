/** How much is held, as people type it: contracts, shares and structures are whole, a coin has parts of one. Pure. */

/** @typedef {{ legs: { instrument: string }[] }} Held */

const WHOLE = /^[1-9]\d*$/;
const IN_PARTS = /^\d+(\.\d{1,8})?$/;
const SCALE = 1e8;

/** @param {Held} trade */
export const hasParts = ({ legs }) => legs.some((leg) => leg.instrument === "CRYPTO");

/** @param {string} typed @param {Held} trade @returns {number | null} null when it is no quantity above nothing */
export function readQuantity(typed, trade) {
  const text = typed.trim();
  return (hasParts(trade) ? IN_PARTS : WHOLE).test(text) && Number(text) > 0 ? Number(text) : null;
}

/** A quantity as it would be typed: never 1e-7. @param {number} quantity */
export const typedQuantity = (quantity) => quantity.toFixed(8).replace(/\.?0+$/, "");

/** Sums of parts of a coin, without what binary fractions add. @param {number[]} parts */
export const sumOf = (parts) => Math.round(parts.reduce((sum, part) => sum + part, 0) * SCALE) / SCALE;

/** Two parts of a holding, the first the larger where it is odd. @param {number} held @param {Held} trade @returns {[number, number]} */
export function halvesOf(held, trade) {
  const scale = hasParts(trade) ? SCALE : 1;
  const steps = Math.round(held * scale);
  return [Math.ceil(steps / 2) / scale, Math.floor(steps / 2) / scale];
}
