/** Where the result at expiry lies on a drawing: pure functions from the preview's points to paths. */
import { axisFor, ticksBetween } from "./axis.js";

/** @typedef {[number, number]} Point price of the underlying, dollars */
/** @typedef {{ width: number, height: number, start: number, end: number, top: number, bottom: number }} Frame */
/**
 * @typedef {object} Drawing
 * @property {number} low @property {number} high prices at its two ends
 * @property {(price: number) => number} across
 * @property {import("./axis.js").Axis} up
 * @property {number[]} ticks round prices
 * @property {Point[]} points inside
 * @property {string} line @property {string} gain @property {string} loss paths
 * @property {Point[]} now the same prices today; empty: not known
 * @property {string} nowLine
 */

const BESIDE_PART = 0.45;
const BESIDE_LEAST = 0.015;

/** @param {number[][]} points @returns {Point[]} */
const paired = (points) => points.map(([price, result]) => [price, result]);

/** Results between the points lie on straight lines. @param {Point[]} points @param {number} price */
export function resultAt(points, price) {
  const after = points.findIndex(([at]) => at >= price);
  if (after <= 0) return points[after === 0 ? 0 : points.length - 1][1];
  const [[from, low], [to, high]] = [points[after - 1], points[after]];
  return from === to ? high : low + ((price - from) / (to - from)) * (high - low);
}

/**
 * The part of the picture that says something: around strikes, break-evens and the present price.
 * @param {number[][]} given sorted by price @param {number[]} marks prices that must be in sight @param {Frame} frame
 * @param {number[][]} [today] the results before the end, sorted likewise
 * @returns {Drawing}
 */
export function drawPayoff(given, marks, frame, today = []) {
  const all = paired(given);
  const [low, high] = sightOf(all, marks);
  const within = (/** @type {Point[]} */ of) =>
    /** @type {Point[]} */ ([[low, resultAt(of, low)], ...of.filter(([price]) => price > low && price < high), [high, resultAt(of, high)]]);
  const points = within(all);
  const now = today.length > 1 ? within(paired(today)) : [];
  const span = high - low || 1;
  const across = (/** @type {number} */ price) => frame.start + ((price - low) / span) * (frame.width - frame.start - frame.end);
  const up = axisFor([...points, ...now].map(([, result]) => result), frame.height - frame.bottom, frame.top);
  const at = (/** @type {Point} */ [price, result]) => `${across(price).toFixed(1)} ${up.at(result).toFixed(1)}`;
  const line = `M${points.map(at).join("L")}`;
  const area = (/** @type {(result: number) => number} */ kept) => {
    const ground = up.at(0).toFixed(1);
    const top = points.map(([price, result]) => at(/** @type {Point} */ ([price, kept(result)]))).join("L");
    return `M${across(low).toFixed(1)} ${ground}L${top}L${across(high).toFixed(1)} ${ground}z`;
  };
  return {
    low,
    high,
    across,
    up,
    ticks: ticksBetween(low, high),
    points,
    line,
    now,
    nowLine: now.length > 1 ? `M${now.map(at).join("L")}` : "",
    gain: area((result) => Math.max(result, 0)),
    loss: area((result) => Math.min(result, 0)),
  };
}

/** @param {Point[]} points @param {number[]} marks */
function sightOf(points, marks) {
  const corners = points.slice(1, -1).map(([price]) => price);
  const wanted = [...corners, ...marks];
  const ends = /** @type {const} */ ([points[0][0], points[points.length - 1][0]]);
  if (wanted.length === 0) return ends;
  const [least, most] = [Math.min(...wanted), Math.max(...wanted)];
  const beside = Math.max((most - least) * BESIDE_PART, most * BESIDE_LEAST);
  return /** @type {const} */ ([Math.max(ends[0], least - beside), Math.min(ends[1], most + beside)]);
}
