/**
 * Where things lie on the P&L chart: pure functions from snapshots to coordinates. Time runs along x, but hours in
 * which nothing was recorded (nights, weekends) are folded to a sliver and marked by a line.
 */
import { sameDay } from "./format.js";

const GAP_SHOWN_MS = 15 * 60_000;
const PADDING_PART = 0.08;

/** @typedef {{ x: number, y: number, value: number, at: number, snapshot: import("../shapes.js").Snapshot }} Point */

/**
 * @param {import("../shapes.js").Snapshot[]} snapshots oldest first
 * @param {(number | null)[]} levels prices that must be visible: entry, stop, target
 * @param {{ width: number, height: number }} size
 */
export function layOut(snapshots, levels, { width, height }) {
  const marked = snapshots.filter((each) => each.mark_price !== null);
  const times = marked.map((each) => Date.parse(each.timestamp));
  const folded = foldGaps(times);
  const span = folded.at(-1) || 1;
  const values = marked.map((each) => /** @type {number} */ (each.mark_price));
  const scale = scaleFor([...values, ...levels.filter((level) => level !== null)]);
  const y = (/** @type {number} */ value) => height - ((value - scale.low) / (scale.high - scale.low)) * height;
  /** @type {Point[]} */
  const points = marked.map((snapshot, index) => ({
    x: (folded[index] / span) * width,
    y: y(values[index]),
    value: values[index],
    at: times[index],
    snapshot,
  }));
  const days = points.filter((point, index) => index > 0 && !sameDay(times[index - 1], point.at));
  return { points, days, y, low: scale.low, high: scale.high };
}

/** @param {number[]} times @returns {number[]} milliseconds from the first, long gaps folded */
function foldGaps(times) {
  let total = 0;
  return times.map((time, index) => {
    total += index === 0 ? 0 : Math.min(time - times[index - 1], GAP_SHOWN_MS);
    return total;
  });
}

/** @param {(number | null)[]} shown */
function scaleFor(shown) {
  const values = /** @type {number[]} */ (shown);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const padding = (high - low || Math.max(high, 1) * 0.1) * PADDING_PART;
  return { low: Math.max(0, low - padding), high: high + padding };
}

/** @param {Point[]} points */
export const linePath = (points) => points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** The area between the line and the entry's level. @param {Point[]} points @param {number} base */
export const areaPath = (points, base) =>
  points.length === 0 ? "" : `${linePath(points)}L${points[points.length - 1].x.toFixed(1)} ${base.toFixed(1)}L${points[0].x.toFixed(1)} ${base.toFixed(1)}Z`;

/** The point nearest to a place along x. @param {Point[]} points @param {number} x */
export function nearest(points, x) {
  let best = 0;
  points.forEach((point, index) => {
    if (Math.abs(point.x - x) < Math.abs(points[best].x - x)) best = index;
  });
  return best;
}
