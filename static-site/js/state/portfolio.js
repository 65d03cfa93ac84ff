/** The trades that have not ended, as last read; what left the list is told once. */
import * as api from "../api.js";
import { batch, computed, signal } from "../lib/html.js";
import { ApiProblem, ConnectionLost, sentence } from "../lib/problems.js";
import { profit } from "../lib/format.js";
import { isOption, reasonName } from "../lib/words.js";
import { hearTime, serverNow } from "./clock.js";
import { toast } from "./toasts.js";

const PAGES_MAX = 10;

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
export const anyDelayed = computed(() => (openTrades.value ?? []).some((trade) => trade.delayed === true));

/** @type {string | null} */
let etag = null;
/** @type {Promise<boolean> | null} */
let running = null;
const told = new Set();

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
    take(trades);
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

/** @param {Trade[]} trades */
function take(trades) {
  const before = openTrades.value;
  batch(() => {
    openTrades.value = trades;
    confirmRead();
  });
  if (before === null) return;
  const here = new Set(trades.map((trade) => trade.id));
  for (const trade of before) if (!here.has(trade.id)) void tellEnd(trade);
}

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
  const ended = trade.is_locked || ["CLOSED", "EXPIRED", "CANCELED"].includes(trade.status);
  if (ended) {
    openTrades.value = trades.filter((each) => each.id !== trade.id);
  } else if (trades.some((each) => each.id === trade.id)) {
    openTrades.value = trades.map((each) => (each.id === trade.id ? trade : each));
  } else {
    openTrades.value = [trade, ...trades];
  }
  etag = null;
}

/** The end of this trade has been told already. @param {string} id */
export const markTold = (id) => told.add(id);

/** @param {Trade} was */
async function tellEnd(was) {
  if (told.has(was.id)) return;
  told.add(was.id);
  try {
    const trade = await api.readTrade(was.id);
    const result = trade.realized_pnl === null ? "" : `, ${profit(trade.realized_pnl)}`;
    const tone = trade.realized_pnl === null ? "plain" : trade.realized_pnl > 0 ? "good" : "plain";
    const what = trade.close_reason === "MANUAL_CLOSE" ? `Closed ${trade.ticker}` : null;
    toast(what ?? `${trade.ticker}: ${reasonName(trade.close_reason).toLowerCase()}${result}`, tone);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) toast(`${was.ticker} has left the open positions`);
  }
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
  told.clear();
}

/** @param {Trade} trade `AAPL 190 call` */
export const shortName = (trade) =>
  isOption(trade) ? `${trade.ticker} ${trade.strike} ${trade.option_type === "CALL" ? "call" : "put"}` : trade.ticker;
