/** What moves with each price that is heard: small parts of their own, so that a price redraws a figure and nothing around it. */
import { Amount } from "../components/amount.js";
import { age, change, money, price, time } from "../lib/format.js";
import { computed, html } from "../lib/html.js";
import { standing } from "../lib/live-pnl.js";
import { multiple } from "../lib/ratios.js";
import { factsById } from "../state/account.js";
import { serverNow } from "../state/clock.js";
import { priceOf, streamState } from "../state/stream.js";
import { beat } from "../state/tick.js";
import { positions } from "../state/trading.js";

/** @typedef {import("../shapes.js").Trade} Trade */

/** As it stands by the last price, heard or read. @param {Trade} trade */
const now = (trade) => standing(trade, priceOf(trade.ticker).value, factsById.value.get(trade.id)?.pnl_pct ?? null);

/** Who said a price, and when. @param {{ isLive: boolean, atMs: number | null }} of */
const sourceText = ({ isLive, atMs }) => (atMs === null ? "No price yet" : `${isLive ? "Binance's stream" : "papertape's mark"}, ${time(atMs)}, ${age((serverNow() - atMs) / 1000)} ago`);

/** @param {{ trade: Trade }} props */
export function LiveResult({ trade }) {
  const { pnl, pct, r } = now(trade);
  return html`<span class="trading-result" data-live-pnl><${Amount} value=${pnl} />${pct !== null && html` <span class="figure-side">${change(pct)}</span>`}${r !== null && html` <span class="figure-side">${multiple(r)}${trade.r_planned !== null && html`<span class="trading-planned"> of ${multiple(trade.r_planned)} planned</span>`}</span>`}</span>`;
}

/** @param {{ trade: Trade }} props */
export function LivePrice({ trade }) {
  const at = now(trade);
  return html`<span data-heard=${at.isLive ? "" : null} title=${sourceText(at)}>${price(at.price)}</span>`;
}

/** The highest P&L so far, and how deep it has fallen from it at worst. @param {{ trade: Trade }} props */
export function LivePeak({ trade }) {
  const { pnl } = now(trade);
  const peak = trade.max_gain === null ? null : Math.max(trade.max_gain, pnl ?? trade.max_gain);
  const deepest = trade.drawdown_from_peak === null ? null : Math.max(Math.abs(trade.drawdown_from_peak), peak !== null && pnl !== null ? peak - pnl : 0);
  return html`<${Amount} value=${peak} />${deepest !== null && html` <span class="figure-side">drawdown from it ${money(deepest)} at worst</span>`}`;
}

/** Of all that traders hold; what has no price is counted, not guessed. */
const open = computed(() => {
  const known = positions.value.map((trade) => now(trade).pnl);
  return { sum: Math.round(known.reduce((/** @type {number} */ sum, pnl) => sum + (pnl ?? 0), 0) * 100) / 100, unknown: known.filter((pnl) => pnl === null).length, all: known.length };
});

export function LiveOpen() {
  const { sum, unknown, all } = open.value;
  return html`<${Amount} value=${all === unknown && all > 0 ? null : sum} />`;
}

export function LiveOpenNote() {
  const { unknown, all } = open.value;
  return unknown === 0 ? (all === 0 ? "nothing is held" : "of what is held") : `${unknown} of ${all} not priced`;
}

const SOURCES = /** @type {Record<import("../state/stream.js").StreamState, string>} */ ({
  off: "",
  nowhere: "Prices by the page's own reading, every 15 seconds; marks come each minute.",
  connecting: "Connecting to live prices…",
  streaming: "Live prices from Binance's public stream.",
  waiting: "Live prices are interrupted: the page reads on every 15 seconds, and tries again by itself.",
});

/** Where prices come from just now. */
export function PriceSource() {
  beat.value; // ages in titles are renewed with it
  const state = streamState.value;
  return html`<p class="panel-note price-source" role="status" data-state=${state}>${SOURCES[state]}</p>`;
}
