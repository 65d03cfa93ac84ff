/** Keeping notes and tags of a trade. */
import * as api from "../api.js";
import { isOvertaken, UPDATED_ELSEWHERE } from "./actions.js";
import { readDetail, showInDetail } from "./details.js";
import { rereadPortfolio } from "./portfolio.js";
import { toast } from "./toasts.js";

/**
 * What else stands beside notes and tags is kept. Raises what the form has to show at its field.
 * @param {import("../shapes.js").Trade} trade
 * @param {{ notes: string, tags: string[] }} typed
 */
export async function noteTrade(trade, { notes, tags }) {
  const context = { ...(isPlain(trade.trade_context) ? trade.trade_context : {}), notes, tags };
  try {
    showInDetail(await api.noteTrade(trade.id, { version: trade.version, trade_context: context }, api.newKey()));
    toast(`Notes of ${trade.ticker} kept`, "good");
  } catch (error) {
    if (!isOvertaken(error)) throw error;
    toast(UPDATED_ELSEWHERE);
    await readDetail(trade.id);
  }
  void rereadPortfolio();
}

/** @param {unknown} value @returns {value is object} */
const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
