/** The market of a trade's only contract now, for a form that is about its price. */
import * as api from "../api.js";
import { serverNow } from "./clock.js";

/** @typedef {{ bid: number | null, ask: number | null, mid: number | null, at: number }} Touch */

/** @param {import("../shapes.js").Trade} trade @returns {Promise<Touch>} */
export async function readTouch(trade) {
  const nothing = { bid: null, ask: null, mid: null, at: serverNow() };
  const leg = trade.legs[0];
  if (leg === undefined || leg.expiry === null) return nothing;
  try {
    const { items } = await api.readChain(trade.ticker, leg.expiry);
    const found = items.find((each) => each.option_type === leg.option_type && each.strike === leg.strike);
    return found === undefined ? nothing : { bid: found.bid, ask: found.ask, mid: found.mid, at: serverNow() };
  } catch {
    return nothing; // a help beside the form: without it a price can be typed as before
  }
}
