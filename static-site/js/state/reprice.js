/**
 * Another price for an entry that waits. Brokers cancel and place anew, and so does this: the cancel first, and only once the
 * broker has confirmed it the same order at the new price. Whatever happens between, its owner is told what stands.
 */
import * as api from "../api.js";
import { shortName } from "../lib/legs.js";
import { ApiProblem, sentence } from "../lib/problems.js";
import { isOvertaken, UPDATED_ELSEWHERE } from "./actions.js";
import { followUp } from "./poller.js";
import { hasEnded, placeInList, setBusy } from "./portfolio.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes.js").Trade} Trade */

const LOOKS_MAX = 8;
const LOOK_EVERY_MS = 1_000;

/** Raises nothing; answers whether the new order stands. @param {Trade} trade @param {number} price per share */
export async function reprice(trade, price) {
  setBusy(trade.id, true);
  try {
    const ended = await cancelled(trade);
    if (ended === null) return false;
    const placed = await api.placeTrade(orderOf(trade, price), api.newKey());
    placeInList(placed);
    toast(`${shortName(trade)}: now at ${price.toFixed(2)}`, "good");
    return true;
  } catch (error) {
    tell(error, trade);
    return false;
  } finally {
    setBusy(trade.id, false);
    followUp();
  }
}

/** The trade as it ended unfilled; null where it did not, which has been told. @param {Trade} trade */
async function cancelled(trade) {
  let after = await api.changeTrade("cancel", trade.id, { version: trade.version }, api.newKey());
  for (let look = 0; !hasEnded(after) && look < LOOKS_MAX; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    after = await api.readTrade(trade.id);
  }
  placeInList(after);
  if (after.status === "CANCELED" && (after.filled_qty ?? 0) === 0) return after;
  const filled = (after.filled_qty ?? 0) > 0;
  toast(filled ? `${shortName(trade)} filled before it could be repriced` : `${shortName(trade)} is still being canceled: no new order was sent`, "plain");
  return null;
}

/** The same order at another price. @param {Trade} trade @param {number} price */
const orderOf = (trade, price) => ({
  ticker: trade.ticker,
  legs: trade.legs.map(({ side, ratio, option_type, strike, expiry }) => ({ side, ratio, option_type, strike, expiry })),
  qty: trade.qty,
  order_type: "limit",
  limit_price: price,
  ...(trade.sl_price === null ? {} : { sl_price: trade.sl_price }),
  ...(trade.tp_price === null ? {} : { tp_price: trade.tp_price }),
  ...(trade.strategy === null ? {} : { strategy: trade.strategy }),
});

/** @param {unknown} error @param {Trade} trade */
function tell(error, trade) {
  if (isOvertaken(error)) return toast(UPDATED_ELSEWHERE);
  if (error instanceof ApiProblem && error.status === 401) return undefined;
  return toast(`${shortName(trade)}: ${sentence(error)} Look at the list: the old order may be canceled.`, "bad");
}
