/**
 * Telling that trades have ended: what was sold at what price with what result, once for each trade and device. Several
 * at once are one message, whose sum is the server's; so is what happened while nobody looked.
 */
import * as api from "../api.js";
import { plural, price, profit } from "../lib/format.js";
import { isStructure, shortName } from "../lib/legs.js";
import { play } from "../lib/sounds.js";
import { holdsShares, reasonName } from "../lib/words.js";
import { claimNews, isMuted } from "./device.js";
import { address } from "./route.js";
import { settings } from "./settings.js";
import { toast } from "./toasts.js";
import { countNews } from "./unread.js";

/** @typedef {import("../shapes.js").Trade} Trade */

const APART_MAX = 2;
const SOUNDS = /** @type {Record<string, "register" | "falling" | "pop">} */ ({
  TP_HIT: "register",
  SL_HIT: "falling",
  MANUAL_CLOSE: "pop",
});
/** What stands for several at once: the gravest. */
const LOUDEST = /** @type {const} */ (["falling", "register", "pop"]);

/** @param {Trade} trade as it ended */
export const tellEnd = (trade) => tellEnds([trade], null);

/** @param {Trade[]} trades as they ended @param {string | null} since what ended from then on is what a sum is of @param {boolean} [wasAway] nobody looked at the page meanwhile */
export function tellEnds(trades, since, wasAway = false) {
  const news = trades.filter((trade) => claimNews(trade.id));
  if (news.length === 0) return;
  news.forEach(countNews);
  if (news.length > APART_MAX || (wasAway && news.length > 0)) void tellTogether(news, since, wasAway);
  else for (const trade of news) toast(endText(trade), toneOf(trade));
  sound(news);
}

/** @param {Trade[]} trades @param {string | null} since @param {boolean} wasAway */
async function tellTogether(trades, since, wasAway) {
  const begin = wasAway ? "While you were away: " : "";
  const result = since === null ? null : await resultSince(since);
  const sum = result === null ? "" : `, ${profit(result)}`;
  toast(`${begin}${plural(trades.length, "position")} ended${sum}`, result !== null && result < 0 ? "loss" : "plain", { text: "Show", href: address("activity") });
}

/** The server's sum of what ended; null when it could not be had. @param {string} since */
async function resultSince(since) {
  try {
    return (await api.readHistory({ from: since, totals: "true", limit: 1 })).totals?.realized_pnl ?? null;
  } catch {
    return null; // told without a sum: nothing here adds money
  }
}

/** @param {Trade[]} trades */
function sound(trades) {
  const heard = trades.map((trade) => SOUNDS[trade.close_reason ?? ""]);
  const loudest = LOUDEST.find((each) => heard.includes(each));
  if (loudest !== undefined && !isMuted.value && settings.value?.sounds !== false) play(loudest);
}

/** @param {Trade} trade `Closed QQQ 516 put: sold 1 at 14.51, +$240.30` */
export function endText(trade) {
  const name = shortName(trade);
  if (trade.status === "CANCELED" && trade.close_reason === "CANCELED") return `Canceled ${name}`;
  const result = trade.realized_pnl === null ? "" : `, ${profit(trade.realized_pnl)}`;
  if (trade.close_reason === "MANUAL_CLOSE") return `Closed ${name}: ${soldText(trade)}${result}`;
  return `${name}: ${reasonName(trade.close_reason).toLowerCase()}${soldAt(trade)}${result}`;
}

/** @param {Trade} trade */
function soldText(trade) {
  const count = trade.filled_qty ?? trade.qty;
  if (trade.close_price === null) return `${count}`;
  const did = isStructure(trade) ? "out of" : trade.legs[0]?.side === "SHORT" ? "bought" : "sold";
  return `${did} ${count} at ${price(trade.close_price)}`;
}

/** @param {Trade} trade */
const soldAt = (trade) => (trade.close_price === null || ["EXPIRED_OTM"].includes(trade.close_reason ?? "") || holdsShares(trade) ? "" : ` at ${price(trade.close_price)}`);

/** @param {Trade} trade @returns {"plain" | "good" | "loss" | "bad"} */
function toneOf({ status, close_reason: reason, realized_pnl: result }) {
  if (status === "CANCELED") return reason === "CANCELED" ? "plain" : "bad";
  if (result !== null && result < 0) return "loss";
  return result !== null && result > 0 ? "good" : "plain";
}
