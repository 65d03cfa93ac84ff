/** Time as the market counts it: only while it is open (A-02: a mark ages in session time). Milliseconds. */

/** Beyond the source's own delay. */
const AGE_LIMIT_MS = 120_000;
const SOURCE_DELAY_MS = 900_000;

/**
 * How much of the newest two sessions lies between two instants; older ones make it no fresher.
 * @param {{ opened_at: string, closes_at: string, previous_close: string }} session
 * @param {number} sinceMs @param {number} untilMs
 */
export function openBetween(session, sinceMs, untilMs) {
  const inNewest = Math.min(untilMs, Date.parse(session.closes_at)) - Math.max(sinceMs, Date.parse(session.opened_at));
  const before = Date.parse(session.previous_close) - sinceMs;
  return Math.max(inNewest, 0) + Math.max(before, 0);
}

/**
 * Whether a mark may stand for the market now; the night does not age it, the market's hours do.
 * @param {{ opened_at: string, closes_at: string, previous_close: string }} session
 * @param {{ mark_at: string | null, delayed: boolean | null }} trade @param {number} nowMs
 */
export function isFresh(session, trade, nowMs) {
  if (trade.mark_at === null) return false;
  const allowed = AGE_LIMIT_MS + (trade.delayed ? SOURCE_DELAY_MS : 0);
  return openBetween(session, Date.parse(trade.mark_at), nowMs) <= allowed;
}
