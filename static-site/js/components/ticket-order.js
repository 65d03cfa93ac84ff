/** The ticket's second part: quantity, limit or market, stop and target. */
import { age, percent, price } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { sizeByRisk } from "../lib/levels.js";
import { spreadPercent, WIDE_SPREAD_PCT } from "../lib/ticks.js";
import { serverNow } from "../state/clock.js";
import { orderDefaults, strategies } from "../state/order-defaults.js";
import { beat } from "../state/tick.js";
import { preview } from "../state/ticket.js";
import { draft, errors, followsMid, priceFault, priceOf, QTY_MAX, qtyFault, type } from "../state/ticket-draft.js";
import { chainReadAtMs, contract, isPaused, readChain, useMid } from "../state/ticket-market.js";
import { Field, PriceField } from "./field.js";
import { Segmented } from "./segmented.js";
import { LevelField, meaningText, stopChips, targetChips } from "./ticket-levels.js";

/** @type {[string, string][]} */
const ORDER_TYPES = [
  ["limit", "Limit"],
  ["market", "Market"],
];

export function TicketOrder() {
  const typed = draft.value;
  const said = errors.value;
  const entry = entryOf();
  return html`
    <div class="ticket-part">
      <${QuoteLine} />
      ${said.legs && html`<p class="field-error" role="alert">${said.legs}</p>`}
      <div class="ticket-order">
        <${Contracts} entry=${entry} />
        <${Segmented} label="Order" value=${typed.order_type} options=${ORDER_TYPES}
          onChoose=${(/** @type {"limit" | "market"} */ order_type) => type({ order_type })} />
        ${typed.order_type === "limit" && html`<${Limit} />`}
      </div>
      <${Levels} entry=${entry} />
      <${Strategy} />
    </div>
  `;
}

/** What one contract will cost a share: the limit, at market the ask. */
function entryOf() {
  const { order_type: kind, limit_price: limit } = draft.value;
  return kind === "limit" ? priceOf(limit, draft.value) : (contract.value?.ask ?? null);
}

/** Steps of one, and as many as a risk in dollars allows. @param {{ entry: number | null }} props */
function Contracts({ entry }) {
  const { qty, sl_price: stop } = draft.value;
  const step = (/** @type {number} */ by) => type({ qty: String(Math.min(Math.max((Number.parseInt(qty, 10) || 0) + by, 1), QTY_MAX)) });
  const stepper = (/** @type {number} */ by, /** @type {string} */ text, /** @type {string} */ name) =>
    html`<button type="button" class="stepper" aria-label=${name} onClick=${() => step(by)}>${text}</button>`;
  return html`
    <div class="contracts">
      <${Field} label="Contracts" value=${qty} onInput=${(/** @type {string} */ text) => type({ qty: text })} name="qty" inputmode="numeric" class="figure"
        error=${qtyFault(qty) ?? errors.value.qty ?? null} after=${html`${stepper(-1, "−", "One less")}${stepper(1, "+", "One more")}`} />
      <${ByRisk} entry=${entry} stop=${priceOf(stop, draft.value)} />
    </div>
  `;
}

/** @param {{ entry: number | null, stop: number | null }} props */
function ByRisk({ entry, stop }) {
  const [isAsking, setAsking] = useState(false);
  const [dollars, setDollars] = useState(String(orderDefaults.value.risk ?? ""));
  if (draft.value.shape !== "LONG") return null;
  if (!isAsking) return html`<button type="button" class="button-link" onClick=${() => setAsking(true)}>Size by risk</button>`;
  const size = entry === null || !(Number(dollars) > 0) ? null : sizeByRisk(Number(dollars), entry, stop, contract.value?.multiplier ?? 100);
  const take = () => size !== null && size > 0 && type({ qty: String(Math.min(size, QTY_MAX)) });
  return html`
    <div class="by-risk">
      <${Field} label=${stop === null ? "Risk $, all premium" : "Risk $, at the stop"} value=${dollars} onInput=${setDollars} inputmode="decimal" class="figure" name="risk" />
      <button type="button" class="quick" disabled=${size === null || size === 0} onClick=${take}>${size === null ? "—" : size === 0 ? "less than one" : `→ ${size}`}</button>
    </div>
  `;
}

/** Whether the limit follows the market is said where it stands. */
function Limit() {
  const typed = draft.value;
  return html`
    <${PriceField} label="Limit price" value=${typed.limit_price} name="limit_price" placeholder=""
      onInput=${(/** @type {string} */ limit_price) => type({ limit_price })}
      error=${priceFault(typed.limit_price, typed) ?? errors.value.limit_price ?? null}
      hint=${followsMid.value ? "following mid" : "fixed"}
      after=${followsMid.value ? null : html`<button type="button" class="button-link" onClick=${useMid}>Mid</button>`} />
  `;
}

/** @param {{ entry: number | null }} props */
function Levels({ entry }) {
  const typed = draft.value;
  const said = errors.value;
  const stop = priceOf(typed.sl_price, typed);
  const shares = (Number(typed.qty) || 0) * (contract.value?.multiplier ?? 100);
  const isLong = typed.shape === "LONG";
  const atStop = preview.value?.loss_at_stop ?? null;
  return html`
    <div class="ticket-pair">
      <${LevelField} label="Stop" name="sl_price" value=${typed.sl_price} onInput=${(/** @type {string} */ sl_price) => type({ sl_price })}
        error=${priceFault(typed.sl_price, typed) ?? said.sl_price ?? null} chips=${isLong ? stopChips(entry, shares) : []}
        meaning=${isLong ? meaningText({ entry, level: stop, stop, bid: contract.value?.bid ?? null, dollars: atStop === null ? null : -atStop }) : null} />
      <${LevelField} label="Target" name="tp_price" value=${typed.tp_price} onInput=${(/** @type {string} */ tp_price) => type({ tp_price })}
        error=${priceFault(typed.tp_price, typed) ?? said.tp_price ?? null} chips=${isLong ? targetChips(entry, stop) : []}
        meaning=${isLong ? meaningText({ entry, level: priceOf(typed.tp_price, typed), stop }) : null} />
    </div>
  `;
}

/** Suggested as it was spelled before. */
export const Strategy = () => html`
  <${Field} label="Strategy (optional)" value=${draft.value.strategy} name="strategy" maxlength="20" list="strategies"
    onInput=${(/** @type {string} */ strategy) => type({ strategy })} error=${errors.value.strategy ?? null} />
  <datalist id="strategies">${strategies.value.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
`;

/** The one quote of the contract, with its age. */
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
      <${QuoteAge} />
    </p>
  `;
}

function QuoteAge() {
  beat.value;
  const at = chainReadAtMs.value;
  if (at === null) return null;
  if (isPaused.value) return html`<button type="button" class="button-link" onClick=${() => void readChain()}>paused · resume</button>`;
  return html`<span class="quote-age">${age(Math.max(0, (serverNow() - at) / 1000))} ago</span>`;
}
