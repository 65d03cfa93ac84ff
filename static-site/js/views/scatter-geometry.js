/** Where things lie on a scatter of per cents: pure functions from values to coordinates. */

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

/** @typedef {{ x: number, y: number }} Place */

/** One path of small triangles, upwards for gains and downwards for losses, however many there are. @param {Place[]} places @param {boolean} up */
export function triangles(places, up) {
  const side = up ? -3.6 : 3.6;
  return places
    .map(({ x, y }) => `M${(x - 3.6).toFixed(1)} ${(y - side * 0.8).toFixed(1)}h7.2L${x.toFixed(1)} ${(y + side).toFixed(1)}z`)
    .join("");
}

/** @param {Place[]} places @param {Place} to @returns {number | null} the index of the nearest place */
export function nearest(places, to) {
  let best = /** @type {number | null} */ (null);
  let least = Infinity;
  places.forEach(({ x, y }, index) => {
    const distance = (x - to.x) ** 2 + (y - to.y) ** 2;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}
