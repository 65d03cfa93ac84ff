/** Where things lie on a scatter of per cents: pure functions from values to coordinates. */

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
