/**
 * The server's time as far as we know it, and the market's state. Product time need not run like this device's
 * (its clock may be wrong; the local stack runs faster than life, or stands still), so each reading of the
 * server's time also teaches how fast it goes.
 */
import { computed, signal } from "../lib/html.js";

const LEARN_AFTER_MS = 4_000;
const RATE_MAX = 10_000;

/** @type {import("../../vendor/signals.js").Signal<import("../shapes.js").Me | null>} */
export const me = signal(null);
export const market = computed(() => me.value?.market ?? null);

let reading = { serverMs: Date.now(), localMs: Date.now() };
let rate = 1;
let heardOnce = false;

/** Take an instant that the server has just called now. @param {string | null} now */
export function hearTime(now) {
  const serverMs = now === null ? Number.NaN : Date.parse(now);
  if (Number.isNaN(serverMs)) return;
  const localMs = Date.now();
  const elapsed = localMs - reading.localMs;
  if (heardOnce && elapsed < LEARN_AFTER_MS) return;
  if (heardOnce) {
    const learned = (serverMs - reading.serverMs) / elapsed;
    rate = Math.abs(learned - 1) < 0.1 ? 1 : Math.min(Math.max(learned, 0), RATE_MAX);
  }
  heardOnce = true;
  reading = { serverMs, localMs };
}

/** The server's time, in milliseconds. */
export const serverNow = () => reading.serverMs + (Date.now() - reading.localMs) * rate;

/** How long this device waits until the server's clock shows an instant, in milliseconds; null: it stands still. @param {string} at */
export function waitUntil(at) {
  if (rate < 0.001) return null;
  return Math.max(0, (Date.parse(at) - serverNow()) / rate);
}

/** The next change of the market's state that we know of. */
export function nextBoundary() {
  const known = market.value;
  return known === null ? null : known.open ? known.next_close : known.next_open;
}

/** Whether the market's state that we know must have ended. */
export function isMarketReadingOld() {
  const boundary = nextBoundary();
  return boundary === null || serverNow() >= Date.parse(boundary);
}

export function forgetMe() {
  me.value = null;
  heardOnce = false;
  rate = 1;
}
