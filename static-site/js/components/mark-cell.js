/** The mark with its time; one that is too old to stand for the market is grey, and says since when. */
import { dateTime, price, sameDay, time } from "../lib/format.js";
import { html } from "../lib/html.js";
import { isApart } from "../lib/legs.js";
import { hasParts } from "../lib/quantities.js";
import { isFresh } from "../lib/session-time.js";
import { market } from "../state/clock.js";
import { heardOf } from "../state/coins-live.js";
import { readAt } from "../state/portfolio.js";
import { Chip } from "./chip.js";

/** @typedef {import("../shapes.js").Trade} Trade */

/** @param {{ trade: Trade, facts?: import("../shapes-account.js").Position | null }} props */
export function MarkCell({ trade, facts = null }) {
  const heard = heardOf(trade);
  if (heard?.isLive) {
    return html`<td role="cell" class="cell-mark figure" data-label="Mark" data-heard title="The last price at Binance"><span>${price(heard.price)}</span><span class="cell-sub">live</span></td>`;
  }
  const isStale = isMarkStale(trade);
  return html`
    <td role="cell" class="cell-mark figure" data-label="Mark" data-stale=${isStale ? "true" : null}
      title=${facts === null || facts.bid === null ? null : `Bid ${price(facts.bid)}, ask ${price(facts.ask)}`}>
      <span>${isApart(trade) ? "by leg" : price(trade.current_price)}</span>
      <span class="cell-sub">${markNote(trade, isStale)}</span>
      ${trade.delayed && html`<${DelayChip} trade=${trade} />`}
    </td>
  `;
}

/** Contracts are quoted late by a delayed source; a coin is while its exchange does not answer. @param {{ trade: Trade }} props */
export const DelayChip = ({ trade }) =>
  hasParts(trade)
    ? html`<${Chip} tone="warn" title="Binance does not answer: this price is CoinGecko's, up to some minutes old. Nothing trades on it">CoinGecko<//>`
    : html`<${Chip} tone="warn" title="This source's quotes are 15 minutes old">15 min<//>`;

/** @param {Trade} trade @param {boolean} isStale */
function markNote(trade, isStale) {
  if (trade.mark_at === null) return "no mark yet";
  return isStale ? `no price since ${markTime(trade.mark_at)}` : markTime(trade.mark_at);
}

/** @param {string} at */
const markTime = (at) => (sameDay(Date.parse(at), readAt.value?.serverMs ?? 0) ? time(at) : dateTime(at));

/** Whether the mark was too old when the list was read; it then counts in no sum (I-15). @param {Trade} trade */
export function isMarkStale(trade) {
  const session = market.value?.session;
  if (session === undefined || trade.mark_at === null || readAt.value === null) return false;
  return !isFresh(session, trade, readAt.value.serverMs);
}
