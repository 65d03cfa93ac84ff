/**
 * Prices of coins for the portfolio's rows: what hears them is fetched with the first coin that is held, so that who holds none
 * carries none of it.
 */
import { computed, effect, signal } from "../lib/html.js";
import { hasParts } from "../lib/quantities.js";
import { factsById } from "./account.js";
import { openTrades } from "./portfolio.js";
import { view } from "./route.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** As a trade stands by the last price that was heard; null until something can be heard. @type {import("../../vendor/signals.js").Signal<((trade: Trade) => import("../lib/live-pnl.js").Standing) | null>} */
const stands = signal(null);

/** Of options null: they have no stream. @param {Trade} trade */
export const heardOf = (trade) => (hasParts(trade) ? (stands.value?.(trade) ?? null) : null);

const pairs = computed(() => {
  if (view.value !== "positions") return "";
  return [...new Set((openTrades.value ?? []).filter((trade) => hasParts(trade) && (trade.open_qty ?? 0) > 0).map(({ ticker }) => ticker))].sort().join();
});

effect(() => {
  const wanted = pairs.value;
  if (wanted === "") return undefined;
  let leave = () => {};
  let isGone = false;
  void listen(wanted).then((stop) => {
    if (isGone) stop();
    else leave = stop;
  });
  return () => {
    isGone = true;
    leave();
  };
});

/** @param {string} wanted */
async function listen(wanted) {
  try {
    const [{ priceOf, watchCoins }, { standing }] = await Promise.all([import("./stream.js"), import("../lib/live-pnl.js")]);
    stands.value = (trade) => standing(trade, priceOf(trade.ticker).value, factsById.value.get(trade.id)?.pnl_pct ?? null);
    return watchCoins(wanted.split(","));
  } catch {
    return () => {}; // offline before it was fetched: the rows go on by the page's own poll
  }
}
