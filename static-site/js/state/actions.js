/** What a user does to a trade: close, adjust, cancel, withdraw; and asking the server to look again. */
import * as api from "../api.js";
import { signal } from "../lib/html.js";
import { shortName } from "../lib/legs.js";
import { ApiProblem, ConnectionLost, sentence } from "../lib/problems.js";
import { market } from "./clock.js";
import { endedTrades, readHistory } from "./history.js";
import { followUp } from "./poller.js";
import { tellEnd } from "./news.js";
import { hasEnded, placeInList, rereadPortfolio, setBusy } from "./portfolio.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes.js").Trade} Trade */

export const UPDATED_ELSEWHERE = "This trade was updated on another device";
export const isRefreshing = signal(false);

/**
 * Close all of it, or `qty`; several legs not worse than `limit_price`, signed. Raises ApiProblem for a form to show when it asks for more than all.
 * @param {Trade} trade @param {{ qty?: number, limit_price?: number }} [how]
 */
export async function closeTrade(trade, how = {}) {
  const after = await carryOut("close", trade, how, { raisesInvalid: Object.keys(how).length > 0 });
  if (after === null) return;
  const sold = (trade.open_qty ?? 0) - (after.open_qty ?? 0);
  if (hasEnded(after)) {
    tellEnd(after);
  } else if (how.qty !== undefined && after.status === "OPEN" && sold > 0) {
    toast(`Closed ${sold} of ${trade.open_qty} ${shortName(trade)}`, "good");
  } else if (after.close_requested_at !== null && after.status !== "CLOSING") {
    toast(`The close of ${after.ticker} waits for the market to open`);
  } else {
    toast(`Closing ${after.ticker}`);
  }
}

/** @param {Trade} trade What is cancelled depends on its state: the entry, its rest, or a waiting request. */
export async function cancelTrade(trade) {
  const after = await carryOut("cancel", trade, {});
  if (after === null) return;
  if (hasEnded(after)) {
    tellEnd(after);
  } else if (after.status === "OPEN" && trade.status !== "PARTIALLY_FILLED") {
    toast(`Withdrawn: ${after.ticker} stays as it was`);
  } else {
    toast(`Canceling what is not filled of ${after.ticker}`);
  }
}

/**
 * Raises ApiProblem with field errors for the dialog to show.
 * @param {Trade} trade
 * @param {{ new_sl?: number | null, new_tp?: number | null, targets?: { price: number, share: number }[] }} prices
 */
export async function adjustTrade(trade, prices) {
  const after = await carryOut("adjust", trade, prices, { raisesInvalid: true });
  if (after === null) return;
  const { new_sl: stop = after.sl_price, new_tp: target = after.tp_price, targets } = prices;
  const areSet = targets === undefined || after.targets.map(({ price }) => price).join() === targets.map(({ price }) => price).join();
  const isDone = stop === after.sl_price && target === after.tp_price && areSet;
  const going = market.value?.open ? `Adjusting ${after.ticker}` : `The adjustment of ${after.ticker} waits for the market to open`;
  toast(isDone ? `Adjusted ${after.ticker}` : going, isDone ? "good" : "plain");
}

/**
 * @param {"close" | "adjust" | "cancel"} verb
 * @param {Trade} trade
 * @param {object} body
 * @param {{ raisesInvalid?: boolean }} [how]
 * @returns {Promise<Trade | null>} null when it was not done; the user has been told
 */
async function carryOut(verb, trade, body, { raisesInvalid = false } = {}) {
  setBusy(trade.id, true);
  try {
    const after = await api.changeTrade(verb, trade.id, { version: trade.version, ...body }, api.newKey());
    placeInList(after);
    if (endedTrades.value !== null && after.is_locked) void readHistory();
    return after;
  } catch (error) {
    setBusy(trade.id, false);
    if (raisesInvalid && error instanceof ApiProblem && error.status === 422) throw error;
    tellRefusal(error, trade);
    return null;
  } finally {
    setBusy(trade.id, false);
    followUp();
  }
}

/** The trade is no longer what was seen here: another version, or a state that this no longer fits. @param {unknown} error */
export const isOvertaken = (error) =>
  error instanceof ApiProblem && ["stale-version", "forbidden-transition"].includes(error.word);

/** @param {unknown} error @param {Trade} trade */
function tellRefusal(error, trade) {
  if (isOvertaken(error)) {
    toast(UPDATED_ELSEWHERE);
  } else if (error instanceof ConnectionLost) {
    toast(`No answer about ${trade.ticker}: it may or may not have been done. The list is being read again.`, "bad");
  } else if (!(error instanceof ApiProblem && error.status === 401)) {
    toast(`${trade.ticker}: ${sentence(error)}`, "bad");
  }
}

/** Ask the broker and the market for the newest state of all open trades. */
export async function refreshAll() {
  isRefreshing.value = true;
  try {
    await api.refreshAll(api.newKey());
  } catch (error) {
    const isEarly = error instanceof ApiProblem && error.status === 429;
    toast(isEarly ? `Just refreshed. ${sentence(error)}` : sentence(error), isEarly ? "plain" : "bad");
  } finally {
    await rereadPortfolio();
    isRefreshing.value = false;
    followUp();
  }
}
