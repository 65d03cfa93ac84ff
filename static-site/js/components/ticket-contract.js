/** The ticket's first part: symbol, expiry, call or put. */
import { calendarDate, change, direction, price } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { chooseExpiry, chooseRight, chooseSymbol, draft, errors, expirations, isReadingMarket, quote } from "../state/ticket.js";
import { Chip } from "./chip.js";
import { Field } from "./field.js";
import { Segmented } from "./segmented.js";

/** @type {[string, string][]} */
const RIGHTS = [
  ["CALL", "Call"],
  ["PUT", "Put"],
];

export function TicketContract() {
  const [typed, setTyped] = useState(draft.value.ticker);
  const choose = () => void chooseSymbol(typed);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    choose();
  };
  return html`
    <form class="ticket-part" onSubmit=${submit}>
      <div class="ticket-symbol">
        <${Field} label="Symbol" value=${typed} onInput=${(/** @type {string} */ text) => setTyped(text.toUpperCase())} onBlur=${choose} name="ticker" placeholder="AAPL"
          maxlength="10" autocapitalize="characters" spellcheck=${false} error=${errors.value.ticker ?? null}
          after=${isReadingMarket.value && html`<span class="spinner" role="status" aria-label="Reading the market"></span>`} />
        <${Underlying} />
      </div>
      ${expirations.value !== null && expirations.value.length > 0 && html`<div class="ticket-pair"><${Expiry} /><${Right} /></div>`}
    </form>
  `;
}

function Underlying() {
  const known = quote.value;
  if (known === null) return null;
  return html`
    <p class="underlying figure">
      <strong>${price(known.last)}</strong>
      <span class="amount" data-way=${direction(known.change_pct)}>${change(known.change_pct)}</span>
      ${known.delayed && html`<${Chip} tone="warn" title="These quotes are 15 minutes old">15 min<//>`}
    </p>
  `;
}

const Expiry = () => html`
  <label class="field">
    <span class="label">Expiry</span>
    <span class="field-box">
      <select name="expiry" value=${draft.value.expiry} onChange=${(/** @type {any} */ event) => void chooseExpiry(event.currentTarget.value)}>
        ${expirations.value?.map((date) => html`<option key=${date} value=${date}>${calendarDate(date)}</option>`)}
      </select>
    </span>
    ${errors.value.expiry && html`<span class="field-error">${errors.value.expiry}</span>`}
  </label>
`;

const Right = () => html`
  <${Segmented} label="Right" value=${draft.value.option_type} options=${RIGHTS} onChoose=${chooseRight} />
`;
