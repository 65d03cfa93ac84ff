/** How long to wait before the next try: twice as long each time, up to a most. Pure. */

export const FIRST_MS = 1_000;
export const MOST_MS = 30_000;

/** @param {number} failures in a row, from one on */
export const backoff = (failures) => Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1));
