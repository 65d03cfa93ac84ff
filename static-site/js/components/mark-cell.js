/** The mark with its time, and what is wrong with it: delayed, or older than it should be. */
import { age, dateTime, price, sameDay, time } from "../lib/format.js";
import { html } from "../lib/html.js";
import { market } from "../state/clock.js";
import { readAt } from "../state/portfolio.js";
import { Chip } from "./chip.js";

/** Beyond the source's own delay (A-02). */
const AGE_LIMIT_SECONDS = 120;
const SOURCE_DELAY_SECONDS = 900;

/** @param {{ trade: import("../shapes.js").Trade }} props */
export function MarkCell({ trade }) {
  return html`
    <td role="cell" class="cell-mark figure" data-label="Mark">
      <span>${price(trade.current_price)}</span>
      <span class="cell-sub">${trade.mark_at === null ? "no mark yet" : markTime(trade.mark_at)}</span>
      <${MarkFlags} trade=${trade} />
    </td>
  `;
}

/** @param {{ trade: import("../shapes.js").Trade }} props */
export function MarkFlags({ trade }) {
  const late = secondsLate(trade);
  return html`
    ${trade.delayed && html`<${Chip} tone="warn" title="This source's quotes are 15 minutes old">15 min<//>`}
    ${late !== null && html`<${Chip} tone="warn" title="No newer usable quote">${age(late)} old<//>`}
  `;
}

/** @param {string} at */
const markTime = (at) => (sameDay(Date.parse(at), readAt.value?.serverMs ?? 0) ? time(at) : dateTime(at));

/**
 * The mark's age when the list was read, if it is over the limit while the market is open; else null.
 * @param {import("../shapes.js").Trade} trade
 */
function secondsLate(trade) {
  if (!market.value?.open || trade.mark_at === null || readAt.value === null) return null;
  const seconds = (readAt.value.serverMs - Date.parse(trade.mark_at)) / 1000;
  const allowed = AGE_LIMIT_SECONDS + (trade.delayed ? SOURCE_DELAY_SECONDS : 0);
  return seconds > allowed ? seconds : null;
}
