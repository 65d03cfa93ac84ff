/** Axes of a drawing: pure functions from values to coordinates and round numbers. */

const PADDING_PART = 0.06;
const STEPS = [1, 2, 2.5, 5, 10];
const TICKS_WANTED = 5;

/** @typedef {{ low: number, high: number, at: (value: number) => number, ticks: number[] }} Axis */

/**
 * An axis that holds all values and zero.
 * @param {number[]} values @param {number} from coordinate of its low end @param {number} to
 * @returns {Axis}
 */
export function axisFor(values, from, to) {
  const least = Math.min(0, ...values);
  const most = Math.max(0, ...values);
  const padding = (most - least || 10) * PADDING_PART;
  const low = least < 0 ? least - padding : least;
  const high = most > 0 || least === 0 ? most + padding : most;
  const at = (/** @type {number} */ value) => from + ((value - low) / (high - low)) * (to - from);
  return { low, high, at, ticks: ticksBetween(low, high) };
}

/** @param {number} low @param {number} high Round numbers between the two. */
export function ticksBetween(low, high) {
  const rough = (high - low) / TICKS_WANTED;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * (STEPS.find((each) => each * magnitude >= rough) ?? 10);
  const ticks = [];
  for (let index = Math.ceil(low / step); index * step <= high; index += 1) ticks.push(index * step);
  return ticks;
}
