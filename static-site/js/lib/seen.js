/** Reading values out of the context that was kept as JSON: any part of it may be missing. */

/** @param {unknown} value @param {...string} path @returns {unknown} null where the path ends early */
export function seen(value, ...path) {
  let at = value;
  for (const name of path) {
    if (at === null || typeof at !== "object") return null;
    at = /** @type {Record<string, unknown>} */ (at)[name];
  }
  return at ?? null;
}

/** @param {unknown} value @param {...string} path @returns {number | null} */
export function seenNumber(value, ...path) {
  const found = seen(value, ...path);
  return typeof found === "number" ? found : null;
}

/** @param {unknown} value @param {...string} path @returns {string | null} */
export function seenText(value, ...path) {
  const found = seen(value, ...path);
  return typeof found === "string" ? found : null;
}
