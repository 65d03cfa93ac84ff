/** The legs of the order that stands in the ticket: side, ratio and strike of each can be changed, each taken away. */
import { day, price, strike as strikeText } from "../lib/format.js";
import { html } from "../lib/html.js";
import { hasExpiries, isOptionLeg, legText } from "../lib/legs.js";
import { draft, errors } from "../state/ticket-draft.js";
import { changeLeg, removeLeg, turnAround } from "../state/ticket-legs.js";
import { chains, contractOf, isReadingMarket, quote, readChain } from "../state/ticket-market.js";
import { Icon } from "./icon.js";

/** @typedef {import("../state/ticket-draft.js").DraftLeg} DraftLeg */

const RATIOS_MAX = 10;

export function LegsEditor() {
  const { legs } = draft.value;
  if (legs.length === 0) return null;
  return html`
    <section class="legs" aria-label="Legs">
      <div class="chain-head">
        <h3>Legs</h3>
        <span class="legs-tools">
          <button type="button" class="button-link" onClick=${turnAround}>Turn around</button>
          <button type="button" class="button-link" onClick=${() => void readChain()} disabled=${isReadingMarket.value}>Read quotes again</button>
        </span>
      </div>
      <ul>${legs.map((leg, index) => html`<${LegRow} key=${index} leg=${leg} index=${index} withDay=${hasExpiries(legs)} />`)}</ul>
      ${errors.value.legs && html`<p class="field-error" role="alert">${errors.value.legs}</p>`}
    </section>
  `;
}

/** @param {{ leg: DraftLeg, index: number, withDay: boolean }} props */
function LegRow({ leg, index, withDay }) {
  const touch = isOptionLeg(leg) ? contractOf(leg) : quote.value;
  const isLong = leg.side === "LONG";
  const name = legText(leg, withDay);
  const faults = Object.entries(errors.value).filter(([field]) => field.startsWith(`legs.${index}.`));
  return html`
    <li class="leg" data-days=${withDay ? "" : null} data-side=${leg.side} data-invalid=${faults.length > 0 ? "" : null}>
      <button type="button" class="leg-side" aria-label=${`${isLong ? "Buy" : "Sell"} ${name}: ${isLong ? "sell" : "buy"} it instead`}
        onClick=${() => changeLeg(index, { side: isLong ? "SHORT" : "LONG" })}>${isLong ? "Buy" : "Sell"}</button>
      ${isOptionLeg(leg) ? html`<${OptionFields} leg=${leg} index=${index} />` : html`<span class="leg-shares">${leg.ratio} shares</span>`}
      <span class="leg-what figure">
        ${isOptionLeg(leg) && html`<span>${leg.option_type === "PUT" ? "Put" : "Call"}${withDay && leg.expiry !== null && html`<span class="figure-side">${day(`${leg.expiry}T12:00:00Z`)}</span>`}</span>`}
        <span class="leg-quote">${price(touch?.bid ?? null)} / ${price(touch?.ask ?? null)}</span>
      </span>
      <button type="button" class="button-plain" aria-label=${`Remove ${name}`} onClick=${() => removeLeg(index)}><${Icon} name="cross" /></button>
      ${faults.map(([field, message]) => html`<p key=${field} class="field-error" role="alert">${message}</p>`)}
    </li>
  `;
}

/** @param {{ leg: DraftLeg, index: number }} props */
function OptionFields({ leg, index }) {
  const strikes = (chains.value.get(leg.expiry ?? "")?.items ?? []).filter((each) => each.option_type === leg.option_type);
  const chosen = (/** @type {any} */ event) => Number(event.currentTarget.value);
  return html`
    <select class="leg-select figure" aria-label=${`Ratio of leg ${index + 1}`} value=${leg.ratio} onChange=${(/** @type {Event} */ event) => changeLeg(index, { ratio: chosen(event) })}>
      ${Array.from({ length: RATIOS_MAX }, (_, count) => html`<option key=${count} value=${count + 1}>${count + 1}×</option>`)}
    </select>
    <select class="leg-select figure" aria-label=${`Strike of leg ${index + 1}`} value=${leg.strike} onChange=${(/** @type {Event} */ event) => changeLeg(index, { strike: chosen(event) })}>
      ${strikes.map((each) => html`<option key=${each.strike} value=${each.strike}>${strikeText(each.strike)}</option>`)}
    </select>
  `;
}
