/** The trades that have not ended, as last read; what left the list is told once. */
import * as api from "../api.js";
import { batch, computed, signal } from "../lib/html.js";
import { ApiProblem, ConnectionLost, sentence } from "../lib/problems.js";
import { hasParts } from "../lib/quantities.js";
import { hearTime, serverNow } from "./clock.js";
import { tellEnds } from "./news.js";

const PAGES_MAX = 10;
/** So long unread, the page was left alone. */
const AWAY_MS = 5 * 60_000;

/** @typedef {import("../shapes.js").Trade} Trade */
/** @type {import("../../vendor/signals.js").Signal<Trade[] | null>} */
export const openTrades = signal(null);
/** When the list was last read or confirmed unchanged: the server's time and this device's, milliseconds. */
export const readAt = signal(/** @type {{ serverMs: number, localMs: number } | null} */ (null));
/** Why the last reading failed; null when it did not. */
export const readError = signal(/** @type {string | null} */ (null));
export const isUnreachable = signal(false);
export const isReading = signal(false);
/** Trades on which an action of this page is under way. */
export const busyTrades = signal(/** @type {ReadonlySet<string>} */ (new Set()));
export const anyDelayed = computed(() => (openTrades.value ?? []).some((trade) => trade.delayed === true && !hasParts(trade)));

/** @type {string | null} */
let etag = null;
/** @type {Promise<boolean> | null} */
let running = null;

/** Read the list; answers whether anything changed. Never two at once. */
export function readPortfolio() {
  running ??= readOnce().finally(() => {
    running = null;
  });
  return running;
}

/** Read the list as it is after this instant, even if a reading already runs. */
export async function rereadPortfolio() {
  if (running !== null) await running;
  return readPortfolio();
}

async function readOnce() {
  isReading.value = true;
  try {
    const first = await api.readOpenTrades({ etag });
    if (first === null) {
      confirmRead();
      return false;
    }
    const trades = await readOn(first);
    etag = first.next_cursor === null ? first.etag : null;
    hearTime(first.as_of);
    take(trades, first.as_of);
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return false; // the sign-in shows itself
    batch(() => {
      readError.value = sentence(error);
      isUnreachable.value = error instanceof ConnectionLost;
    });
    return false;
  } finally {
    isReading.value = false;
  }
}

/** @param {{ items: Trade[], next_cursor: string | null }} first */
async function readOn(first) {
  const trades = [...first.items];
  let cursor = first.next_cursor;
  for (let page = 1; cursor !== null && page < PAGES_MAX; page += 1) {
    const next = await api.readOpenTrades({ cursor });
    if (next === null) break;
    trades.push(...next.items);
    cursor = next.next_cursor;
  }
  return trades;
}

/** The instant that the list is of, by the server: whatever is gone from the next one ended after it. @type {string | null} */
let listedAt = null;

/** @param {Trade[]} trades @param {string | null} asOf */
function take(trades, asOf) {
  const since = listedAt;
  listedAt = asOf;
  const before = openTrades.value;
  const seen = readAt.value;
  batch(() => {
    openTrades.value = keepUnchanged(trades, before ?? []);
    confirmRead();
  });
  if (before === null || seen === null) return;
  const here = new Set(trades.map((trade) => trade.id));
  const gone = before.filter((trade) => !here.has(trade.id));
  if (gone.length > 0) void lookForEnds(gone, since, Date.now() - seen.localMs > AWAY_MS);
}

/** Trades have left the list: read how they ended, and tell of all at once. @param {Trade[]} gone @param {string | null} since @param {boolean} wasAway */
async function lookForEnds(gone, since, wasAway) {
  const found = await Promise.all(gone.map(readEnd));
  const ended = found.flatMap((trade) => (trade === null ? [] : [trade]));
  tellEnds(ended, since, wasAway);
}

/** @param {Trade} was @returns {Promise<Trade | null>} null: it has not ended, or could not be read: the next look at the history shows it */
async function readEnd(was) {
  try {
    const now = await api.readTrade(was.id);
    return hasEnded(now) ? now : null;
  } catch {
    return null;
  }
}

/** What did not change stays the same object, so that its row is not drawn again. @param {Trade[]} now @param {Trade[]} before */
function keepUnchanged(now, before) {
  const known = new Map(before.map((trade) => [trade.id, trade]));
  return now.map((trade) => {
    const was = known.get(trade.id);
    return was !== undefined && isSame(was, trade) ? was : trade;
  });
}

/** @param {Trade} was @param {Trade} now */
const isSame = (was, now) =>
  was.version === now.version && was.last_updated === now.last_updated && was.settling === now.settling && was.orders?.length === now.orders?.length;

function confirmRead() {
  batch(() => {
    readAt.value = { serverMs: serverNow(), localMs: Date.now() };
    readError.value = null;
    isUnreachable.value = false;
  });
}

/** Put one trade that an action answered into the list, without waiting for the next reading. @param {Trade} trade */
export function placeInList(trade) {
  const trades = openTrades.value ?? [];
  if (hasEnded(trade)) {
    openTrades.value = trades.filter((each) => each.id !== trade.id);
  } else if (trades.some((each) => each.id === trade.id)) {
    openTrades.value = trades.map((each) => (each.id === trade.id ? trade : each));
  } else {
    openTrades.value = [trade, ...trades];
  }
  etag = null;
}

/** @param {string} id @param {boolean} busy */
export function setBusy(id, busy) {
  const next = new Set(busyTrades.value);
  if (busy) next.add(id);
  else next.delete(id);
  busyTrades.value = next;
}

export function forgetPortfolio() {
  batch(() => {
    openTrades.value = null;
    readAt.value = null;
    readError.value = null;
    busyTrades.value = new Set();
  });
  etag = null;
}

/** @param {Trade} trade */
export const hasEnded = (trade) => trade.is_locked || ["CLOSED", "EXPIRED", "CANCELED"].includes(trade.status);
