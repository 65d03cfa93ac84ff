/** Sending the order, with a second question where a slip would be dear: a wide spread at market, real money. */
import { percent, price } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { netText } from "../lib/legs.js";
import { spreadPercent, WIDE_SPREAD_PCT } from "../lib/ticks.js";
import { isRealMoney } from "../lib/words.js";
import { market } from "../state/clock.js";
import { isNarrow } from "../state/narrow.js";
import { isSending, place } from "../state/place.js";
import { effectiveMode } from "../state/settings.js";
import { isPreviewing, preview } from "../state/ticket.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { body, draft, errors, isPriceHeld, isSeveral, priceOf } from "../state/ticket-draft.js";
import { contract, midMovedTo, proposeAtMid, takeMovedMid } from "../state/ticket-market.js";
import { Dialog } from "./dialog.js";

/** @param {{ summary: string, children?: any }} props what is to be seen before sending stands above the button */
export function TicketSend({ summary, children }) {
  const [isAsking, setAsking] = useState(false);
  const send = () => {
    setAsking(false);
    void place({ staysOpen: !isNarrow.value });
  };
  const doubts = doubtsAbout();
  const isBlocked = (preview.value?.breaks.length ?? 0) > 0;
  const isWanting = body.value === null || Object.keys(errors.value).length > 0;
  const canSend = !isWanting && !isSending.value && !isBlocked && !isPreviewing.value && isOnline.value;
  const hold = (/** @type {boolean} */ isHeld) => () => {
    isPriceHeld.value = isHeld;
    if (!isHeld) proposeAtMid();
  };
  useEffect(() => hold(false), []);
  return html`
    <footer class="ticket-foot">
      ${children}
      ${market.value?.open === false && html`<p class="detail-note">The market is closed: the order waits here and is sent after the open.</p>`}
      ${isBlocked && html`<p class="detail-note" id="ticket-blocked">A limit stands against this order.</p>`}
      ${midMovedTo.value !== null && html`<p class="mid-moved" role="status">Mid is now ${midMovedTo.value} <button type="button" class="button-link" onClick=${takeMovedMid}>Update</button></p>`}
      <button type="button" class="button ticket-submit" onPointerEnter=${hold(true)} onPointerLeave=${hold(false)} onFocus=${hold(true)} onBlur=${hold(false)}
        title=${isOnline.value ? null : OFFLINE} data-kind=${isRealMoney(effectiveMode.value) ? "live" : "primary"}
        disabled=${!canSend} aria-describedby=${isBlocked ? "ticket-blocked" : null}
        onClick=${() => (doubts.length > 0 ? setAsking(true) : send())}>
        ${isSending.value && html`<span class="spinner" aria-hidden="true"></span>`}
        <span>${isSending.value ? "Sending…" : summary}${isSending.value ? "" : orderText()}</span>
      </button>
      ${isAsking && html`<${Doubts} doubts=${doubts} summary=${summary} onSend=${send} onClose=${() => setAsking(false)} />`}
    </footer>
  `;
}

function orderText() {
  const { order_type: kind, limit_price: limit, legs } = draft.value;
  if (legs.length === 0) return "";
  if (isSeveral.value) return limit ? ` · ${netText(priceOf(limit, draft.value))}` : "";
  return kind === "market" ? " · market" : limit ? ` · ${limit}` : "";
}

/** What is worth a second question about this order. */
function doubtsAbout() {
  const doubts = [];
  const chosen = contract.value;
  const spread = chosen === null ? null : spreadPercent(chosen);
  if (draft.value.order_type === "market" && chosen !== null && (spread === null || spread > WIDE_SPREAD_PCT)) {
    doubts.push(
      spread === null
        ? "There is no two-sided quote. A market order may fill at any price."
        : `The spread is ${percent(spread)} of the mid (${price(chosen.bid)} / ${price(chosen.ask)}). A market order may fill far from the mid.`,
    );
  }
  if (isRealMoney(effectiveMode.value)) doubts.push("This order uses real money.");
  return doubts;
}

/** @param {{ doubts: string[], summary: string, onSend: () => void, onClose: () => void }} props */
const Doubts = ({ doubts, summary, onSend, onClose }) => html`
  <${Dialog} title=${`${summary}${orderText()}?`} onClose=${onClose} kind="narrow">
    ${doubts.map((doubt) => html`<p key=${doubt}>${doubt}</p>`)}
    <div class="dialog-actions">
      <button type="button" class="button" onClick=${onClose} autofocus>Back</button>
      <button type="button" class="button" data-kind=${isRealMoney(effectiveMode.value) ? "live" : "primary"} onClick=${onSend}>Send the order</button>
    </div>
  <//>
`;
