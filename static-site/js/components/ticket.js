/** The order ticket: symbol, expiry, contract from the live chain, order, protection, what it would mean. */
import { html, useEffect, useRef } from "../lib/html.js";
import { strike as strikeText } from "../lib/format.js";
import { keepChainLive } from "../state/live-chain.js";
import { body, closeTicket, contract, draft, marketError } from "../state/ticket.js";
import { Icon } from "./icon.js";
import { ModeBadge } from "./mode-badge.js";
import { StrikeTable } from "./strike-table.js";
import { TicketContract } from "./ticket-contract.js";
import { TicketOrder } from "./ticket-order.js";
import { TicketPreview } from "./ticket-preview.js";
import { TicketSend } from "./ticket-send.js";

export function Ticket() {
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    panel.current?.querySelector("input")?.focus();
    const stopReading = panel.current === null ? null : keepChainLive(panel.current);
    return () => {
      stopReading?.();
      before?.focus?.();
    };
  }, []);
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") closeTicket();
  };
  return html`
    <aside class="ticket" aria-label="New trade" ref=${panel} onKeyDown=${onKey}>
      <header class="ticket-head">
        <h2>New trade</h2><${ModeBadge} />
        <button type="button" class="button-plain" aria-label="Close the ticket" onClick=${closeTicket}><${Icon} name="cross" /></button>
      </header>
      <div class="ticket-body">
        <${TicketContract} />
        ${marketError.value && html`<p class="notice" data-tone="bad" role="alert">${marketError.value}</p>`}
        <${StrikeTable} />
        ${contract.value !== null && html`<${TicketOrder} />`}
      </div>
      <${TicketSend} summary=${summary()}>${contract.value !== null && html`<${TicketPreview} />`}<//>
    </aside>
  `;
}

/** `Buy 1 AAPL 190 Call` */
function summary() {
  const { qty, ticker, strike, option_type: right } = draft.value;
  if (strike === null) return "Choose a contract";
  const name = `${ticker} ${strikeText(strike)} ${right === "CALL" ? "Call" : "Put"}`;
  return body.value === null ? `Buy ${name}` : `Buy ${qty.trim()} ${name}`;
}
