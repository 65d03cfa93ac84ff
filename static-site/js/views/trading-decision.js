/** A decision that waits: who, what, its levels, its risk, the rules, its time, and yes, another size, or no. */
import { Countdown } from "../components/countdown.js";
import { Field } from "../components/field.js";
import { MoneyChip, MoneyNote } from "../components/money-note.js";
import { age, count, money, percent, price, timeZoned } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { readTargets, typedTargets } from "../lib/targets-text.js";
import { confidenceText, decisionWord, quantityOf, targetsText } from "../lib/trading-words.js";
import { serverNow } from "../state/clock.js";
import { isOnline } from "../state/tick.js";
import { approve, busy, moneyOf, reject, traderOf } from "../state/trading.js";
import { Constraints, rulesHeld } from "./trading-constraints.js";

/** @typedef {import("../state/trading.js").Decision} Decision */
/** @typedef {{ quantity: string, stop: string, targets: string }} Typed */

/** @param {{ one: Decision }} props */
export function DecisionCard({ one }) {
  const trader = traderOf(one.trader_id);
  const money = trader === null ? "paper" : moneyOf(trader);
  const isLive = money === "live";
  const isBusy = busy.value.has(one.id) || !isOnline.value;
  const [typed, setTyped] = useState(/** @type {Typed | null} */ (null));
  const fault = typed === null ? null : faultOf(typed);
  const adjusted = typed === null ? {} : changesOf(one, typed);
  return html`
    <article class="panel trading-card" data-live=${isLive ? "" : null} aria-label=${`Decision: ${one.symbol} ${decisionWord(one.decision).toLowerCase()}`}>
      <${Head} one=${one} money=${money} />
      <${MoneyNote} money=${money} class="decision-money" />
      <${Levels} one=${one} />
      ${one.validation?.offered_quantity != null && html`<p class="panel-note">The rules let through ${count(one.validation.offered_quantity)} at most: a plain yes takes that.</p>`}
      <p class="trading-words">${one.reasoning}</p>
      <details class="kpis-more"><summary>${rulesHeld(one)}</summary><${Constraints} one=${one} /></details>
      ${
        typed !== null &&
        html`<div class="form-grid">
          <${Field} label="Quantity" inputmode="decimal" class="figure" value=${typed.quantity} onInput=${(/** @type {string} */ quantity) => setTyped({ ...typed, quantity })} />
          <${Field} label="Stop" inputmode="decimal" class="figure" value=${typed.stop} onInput=${(/** @type {string} */ stop) => setTyped({ ...typed, stop })} error=${fault} />
          <${Field} label="Targets" class="figure" hint="price × share in per cent" value=${typed.targets} onInput=${(/** @type {string} */ targets) => setTyped({ ...typed, targets })} />
        </div>`
      }
      <div class="form-actions">
        <button type="button" class="button" data-kind=${isLive ? "live" : "primary"} disabled=${isBusy || fault !== null} onClick=${() => void approve(one, adjusted)}>
          ${typed === null ? "Execute" : "Execute as adjusted"}
        </button>
        <button type="button" class="button" disabled=${isBusy} onClick=${() => setTyped(typed === null ? { quantity: String(quantityOf(one) ?? ""), stop: String(one.stop_loss ?? ""), targets: typedTargets(one.take_profits) } : null)}>
          ${typed === null ? "Adjust…" : "As offered"}
        </button>
        <button type="button" class="button" data-kind="danger" disabled=${isBusy} onClick=${() => void reject(one)}>Reject</button>
      </div>
      <p class="panel-note">A yes is judged anew at the price of then.</p>
    </article>
  `;
}

/** @param {{ one: Decision, money: import("../lib/trading-words.js").Money }} props */
const Head = ({ one, money }) => html`
  <div class="panel-head">
    <h3><span class="figure">${one.symbol}</span> ${decisionWord(one.decision)} <${MoneyChip} money=${money} /></h3>
    ${one.expires_at !== null && html`<span class="trading-until">lapses in <${Countdown} until=${one.expires_at} over="a moment" /></span>`}
  </div>
  <p class="panel-note">${traderOf(one.trader_id)?.name ?? "A removed trader"} · <span title=${timeZoned(one.at)}>${age((serverNow() - Date.parse(one.at)) / 1000)} ago</span>${one.model !== null && ` · ${one.model}`}</p>
`;

/** What would be bought, at which levels, and what that risks by the rule that judged it. @param {{ one: Decision }} props */
export function Levels({ one }) {
  const seen = one.validation?.constraints.find(({ name }) => name === "NOTIONAL")?.current_value;
  const worth = typeof seen === "number" ? seen : null;
  const atRisk = one.validation?.constraints.find(({ name }) => name === "MAX_RISK_PER_TRADE") ?? null;
  return html`
    <div class="confidence" title="The model's own word">
      <span>Confidence</span>
      <meter min="0" max="1" value=${one.confidence} aria-label="Confidence"></meter>
      <strong class="figure">${confidenceText(one.confidence)}</strong>
    </div>
    <dl class="plain-facts trading-levels">
      <dt>Entry</dt><dd class="figure">${one.entry_price === null ? "at market" : price(one.entry_price)}</dd>
      <dt>Quantity</dt><dd class="figure">${count(quantityOf(one))}${worth !== null && html` <span class="figure-side">${money(worth)}</span>`}</dd>
      <dt>Stop</dt><dd class="figure">${price(one.stop_loss)}</dd>
      <dt>Targets</dt><dd class="figure">${targetsText(one.take_profits)}</dd>
      <dt>At risk</dt><dd class="figure">${typeof atRisk?.current_value === "number" ? `${money(atRisk.current_value)} of ${money(Number(atRisk.required_value))} allowed` : percent(one.max_risk_pct)}</dd>
      <dt>Reward to risk</dt><dd class="figure">${one.risk_reward === null ? "—" : `${price(one.risk_reward)} : 1`}</dd>
    </dl>
  `;
}

/** @param {Typed} typed */
function faultOf({ quantity, stop }) {
  if (!(Number(quantity) > 0)) return "A quantity above nothing";
  return Number(stop) > 0 ? null : "A price, such as 95000";
}

/** Only what differs is sent. @param {Decision} one @param {Typed} typed */
function changesOf(one, { quantity, stop, targets }) {
  return {
    ...(Number(quantity) === quantityOf(one) ? {} : { quantity: Number(quantity) }),
    ...(Number(stop) === one.stop_loss ? {} : { stop_loss: Number(stop) }),
    ...(targets === typedTargets(one.take_profits) ? {} : { take_profits: readTargets(targets).map(([price, share]) => ({ price, share })) }),
  };
}
