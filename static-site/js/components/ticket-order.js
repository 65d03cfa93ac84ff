/** The ticket's second part: quantity, limit or market, stop and target. */
import { percent, price } from "../lib/format.js";
import { html } from "../lib/html.js";
import { spreadPercent, WIDE_SPREAD_PCT } from "../lib/ticks.js";
import { draft, errors, priceFault, type } from "../state/ticket-draft.js";
import { contract, useMid } from "../state/ticket-market.js";
import { Field, PriceField } from "./field.js";
import { Segmented } from "./segmented.js";

/** @type {[string, string][]} */
const ORDER_TYPES = [
  ["limit", "Limit"],
  ["market", "Market"],
];

export function TicketOrder() {
  const typed = draft.value;
  const said = errors.value;
  return html`
    <div class="ticket-part">
      <${QuoteLine} />
      ${said.legs && html`<p class="field-error" role="alert">${said.legs}</p>`}
      <div class="ticket-pair">
        <${Field} label="Contracts" value=${typed.qty} onInput=${(/** @type {string} */ qty) => type({ qty })} name="qty"
          inputmode="numeric" class="figure" error=${qtyFault(typed.qty) ?? said.qty ?? null} />
        <${Segmented} label="Order" value=${typed.order_type} options=${ORDER_TYPES}
          onChoose=${(/** @type {"limit" | "market"} */ order_type) => type({ order_type })} />
      </div>
      ${
        typed.order_type === "limit" &&
        html`<${PriceField} label="Limit price" value=${typed.limit_price} name="limit_price" placeholder=""
          onInput=${(/** @type {string} */ limit_price) => type({ limit_price })}
          error=${priceFault(typed.limit_price, typed) ?? said.limit_price ?? null}
          after=${html`<button type="button" class="button-link" onClick=${useMid}>Mid</button>`} />`
      }
      <div class="ticket-pair">
        <${PriceField} label="Stop" value=${typed.sl_price} name="sl_price" onInput=${(/** @type {string} */ sl_price) => type({ sl_price })}
          error=${priceFault(typed.sl_price, typed) ?? said.sl_price ?? null} />
        <${PriceField} label="Target" value=${typed.tp_price} name="tp_price" onInput=${(/** @type {string} */ tp_price) => type({ tp_price })}
          error=${priceFault(typed.tp_price, typed) ?? said.tp_price ?? null} />
      </div>
      <${Field} label="Strategy (optional)" value=${typed.strategy} name="strategy" maxlength="20"
        onInput=${(/** @type {string} */ strategy) => type({ strategy })} error=${said.strategy ?? null} />
    </div>
  `;
}

/** @param {string} typed */
const qtyFault = (typed) => (/^\d+$/.test(typed.trim()) && Number(typed) >= 1 ? null : "Enter a whole number of contracts.");

function QuoteLine() {
  const chosen = contract.value;
  if (chosen === null) return null;
  const spread = spreadPercent(chosen);
  const isWide = spread !== null && spread > WIDE_SPREAD_PCT;
  return html`
    <p class="quote-line figure">
      <span>Bid <strong>${price(chosen.bid)}</strong></span>
      <span>Mid <strong>${price(chosen.mid)}</strong></span>
      <span>Ask <strong>${price(chosen.ask)}</strong></span>
      <span data-wide=${isWide ? "" : null}>Spread ${percent(spread)}${isWide && " · wide"}</span>
    </p>
  `;
}
