/** Parts of a holding, told in contracts or coins and sent as shares of it. Pure. */
import { sumOf } from "./quantities.js";

const DECIMALS = 4;

/**
 * Each part's share; parts that are all of it come to exactly 1. Rounded up otherwise, so that each comes to its whole number.
 * @param {number[]} parts @param {number} open
 */
export function sharesOf(parts, open) {
  const isAll = sumOf(parts) === open;
  const scale = 10 ** DECIMALS;
  const steps = parts.map((part) => Math.ceil((part * scale) / open));
  if (isAll) steps[steps.length - 1] = scale - steps.slice(0, -1).reduce((sum, step) => sum + step, 0);
  return steps.map((step) => step / scale);
}
