/** The order ticket: symbol, expiry, contract from the live chain, order, protection, what it would mean. */
import { html, useEffect, useRef } from "../lib/html.js";
import { singleRight } from "../lib/build-legs.js";
import { expiriesText, hasExpiries, isOptionLeg, strikesText } from "../lib/legs.js";
import { strike as strikeText } from "../lib/format.js";
import { keepChainLive } from "../state/live-chain.js";
import { closeTicket, draft, isSeveral, qtyFault } from "../state/ticket-draft.js";
import { marketError } from "../state/ticket-market.js";
import { Icon } from "./icon.js";
import { lazy } from "./lazy.js";
import { ModeBadge } from "./mode-badge.js";
import { StrikeTable } from "./strike-table.js";
import { TicketContract } from "./ticket-contract.js";
import { TicketOrder } from "./ticket-order.js";
import { PreviewBrief, TicketPreview } from "./ticket-preview.js";
import { TicketSend } from "./ticket-send.js";

const TicketStructure = lazy("the legs", async () => (await import("./ticket-structure.js")).TicketStructure);
const TicketPayoff = lazy("the payoff", async () => (await import("./ticket-payoff.js")).TicketPayoff);

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
    if (event.key !== "Escape") return;
    event.preventDefault(); // one step back is enough
    closeTicket();
  };
  const hasLegs = draft.value.legs.length > 0;
  return html`
    <aside class="ticket" aria-label="New trade" data-empty=${hasLegs ? null : ""} ref=${panel} onKeyDown=${onKey}>
      <header class="ticket-head">
        <h2>New trade</h2><${ModeBadge} />
        <button type="button" class="button-plain" aria-label="Close the ticket" onClick=${closeTicket}><${Icon} name="cross" /></button>
      </header>
      <div class="ticket-body">
        <${TicketContract} />
        ${marketError.value && html`<p class="notice" data-tone="bad" role="alert">${marketError.value}</p>`}
        ${singleRight(draft.value.shape, draft.value.kind) === null ? html`<${TicketStructure} />` : html`<${StrikeTable} />`}
        ${hasLegs && !isSeveral.value && html`<${TicketOrder} />`}
        ${hasLegs && html`<${TicketPreview} />`}
        ${hasLegs && !isSeveral.value && html`<${TicketPayoff} />`}
      </div>
      <${TicketSend} summary=${summary()}>${hasLegs && html`<${PreviewBrief} />`}<//>
    </aside>
  `;
}

/** `Buy 1 AAPL 190 Call`, of several legs `Open 1 SPY 610/604 P` */
function summary() {
  const { qty, ticker, legs } = draft.value;
  if (legs.length === 0) return "Choose a contract";
  const count = qtyFault(qty) === null ? `${qty.trim()} ` : "";
  if (isSeveral.value) return `Open ${count}${ticker} ${strikesText(legs)}${hasExpiries(legs) ? ` ${expiriesText(legs, true)}` : ""}`;
  const [leg] = legs;
  const name = isOptionLeg(leg) ? `${strikeText(leg.strike)} ${leg.option_type === "CALL" ? "Call" : "Put"}` : "shares";
  return `${leg.side === "LONG" ? "Buy" : "Sell"} ${count}${ticker} ${name}`;
}
