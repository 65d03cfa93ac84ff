/** The order of several legs: how many, at what net price between mid and natural, stop and target of the whole. */
import { html } from "../lib/html.js";
import { netText } from "../lib/legs.js";
import { toCent } from "../lib/net-price.js";
import { leaveText } from "../lib/typed-price.js";
import { draft, errors, followsMid, priceFault, priceOf, qtyFault, type } from "../state/ticket-draft.js";
import { chooseNet, stepNet } from "../state/ticket-legs.js";
import { net, useMid } from "../state/ticket-market.js";
import { Field, PriceField } from "./field.js";
import { Strategy } from "./ticket-order.js";
import { TicketPayoff } from "./ticket-payoff.js";

export function TicketNet() {
  const typed = draft.value;
  const said = errors.value;
  const level = (/** @type {"sl_price" | "tp_price"} */ name, /** @type {string} */ label) => html`
    <${PriceField} label=${label} value=${typed[name]} name=${name} onInput=${(/** @type {string} */ text) => type({ [name]: text })}
      error=${priceFault(typed[name], typed) ?? said[name] ?? null} hint=${leaveText(priceOf(typed[name], typed))} />
  `;
  return html`
    <div class="ticket-part ticket-net">
      <${NetQuote} />
      <div class="ticket-pair">
        <${Field} label="Structures" value=${typed.qty} onInput=${(/** @type {string} */ qty) => type({ qty })} name="qty" inputmode="numeric"
          class="figure" error=${qtyFault(typed.qty) ?? said.qty ?? null} />
        <${PriceField} label="Limit price" value=${typed.limit_price} name="limit_price" placeholder=""
          onInput=${(/** @type {string} */ limit_price) => type({ limit_price })}
          error=${priceFault(typed.limit_price, typed) ?? said.limit_price ?? said.order_type ?? null} after=${html`<${Sign} />`} />
      </div>
      <${Slider} />
      <${TicketPayoff} />
      <div class="ticket-pair">${level("sl_price", "Stop")}${level("tp_price", "Target")}</div>
      <${Strategy} />
    </div>
  `;
}

function NetQuote() {
  const { natural, mid } = net.value;
  if (natural === null && mid === null) return html`<p class="notice" data-tone="warn">A leg has no two-sided quote: there is no net price to go by.</p>`;
  return html`
    <p class="quote-line figure">
      <span>Natural <strong>${netText(natural)}</strong></span>
      <span>Mid <strong>${netText(mid)}</strong></span>
      <span>${followsMid.value ? "Following mid" : html`<button type="button" class="button-link" onClick=${useMid}>Follow mid</button>`}</span>
    </p>
  `;
}

/** Whether the limit is had or paid; a touch turns it. */
function Sign() {
  const { is_credit: isCredit } = draft.value;
  return html`
    <button type="button" class="button-link" aria-label=${isCredit ? "Credit: make it a debit" : "Debit: make it a credit"}
      onClick=${() => type({ is_credit: !isCredit, limit_price: draft.value.limit_price })}>${isCredit ? "credit" : "debit"}</button>
  `;
}

/** From the mid to the natural price, in cents; steps go on beyond both. */
function Slider() {
  const { natural, mid } = net.value;
  const now = priceOf(draft.value.limit_price, draft.value);
  const step = (/** @type {number} */ cents, /** @type {string} */ text, /** @type {string} */ name) =>
    html`<button type="button" class="button" data-size="small" aria-label=${name} disabled=${now === null} onClick=${() => stepNet(cents)}>${text}</button>`;
  const low = mid === null ? null : toCent(mid);
  const hasRange = low !== null && natural !== null && natural > low;
  return html`
    <div class="net-slider">
      ${step(-1, "−", "One cent better for you")}
      ${
        hasRange
          ? html`<label>
              <span class="visually-hidden">Limit between mid and natural</span>
              <input type="range" min=${low} max=${natural} step="0.01" value=${now ?? low} aria-valuetext=${netText(now)}
                onInput=${(/** @type {any} */ event) => chooseNet(Number(event.currentTarget.value))} />
              <span class="net-ends" aria-hidden="true"><span>mid</span><span>natural</span></span>
            </label>`
          : html`<span></span>`
      }
      ${step(1, "+", "One cent nearer to a fill")}
    </div>
  `;
}
