/** Telling that a trade has ended: a toast and its sound, once for each trade and device. */
import { profit } from "../lib/format.js";
import { play } from "../lib/sounds.js";
import { reasonName } from "../lib/words.js";
import { claimNews, isMuted } from "./device.js";
import { settings } from "./settings.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes.js").Trade} Trade */

const SOUNDS = /** @type {Record<string, "register" | "falling" | "pop">} */ ({
  TP_HIT: "register",
  SL_HIT: "falling",
  MANUAL_CLOSE: "pop",
});

/** @param {Trade} trade as it ended */
export function tellEnd(trade) {
  if (!claimNews(trade.id)) return;
  toast(endText(trade), toneOf(trade));
  const sound = SOUNDS[trade.close_reason ?? ""];
  if (sound !== undefined && !isMuted.value && settings.value?.sounds !== false) play(sound);
}

/** @param {Trade} trade */
function endText(trade) {
  if (trade.status === "CANCELED" && trade.close_reason === "CANCELED") return `Canceled ${trade.ticker}`;
  if (trade.close_reason === "MANUAL_CLOSE") return `Closed ${trade.ticker}`;
  const result = trade.realized_pnl === null ? "" : `, ${profit(trade.realized_pnl)}`;
  return `${trade.ticker}: ${reasonName(trade.close_reason).toLowerCase()}${result}`;
}

/** @param {Trade} trade @returns {"plain" | "good" | "bad"} */
function toneOf({ status, close_reason: reason, realized_pnl: result }) {
  if (status === "CANCELED") return reason === "CANCELED" ? "plain" : "bad";
  if (reason === "MANUAL_CLOSE") return "good";
  return result !== null && result > 0 ? "good" : "plain";
}
