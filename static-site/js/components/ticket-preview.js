/** What the order would cost, risk and do to the limits, as the server computes it. */
import { age, chance, money, percent, price, priceNear, ratio, time } from "../lib/format.js";
import { html } from "../lib/html.js";
import { limitValue } from "../lib/limits.js";
import { limitName } from "../lib/words.js";
import { serverNow } from "../state/clock.js";
import { isPreviewing, preview } from "../state/ticket.js";
import { body, errors, isSeveral, refusal } from "../state/ticket-draft.js";
import { Chip } from "./chip.js";

export function TicketPreview() {
  const known = preview.value;
  return html`
    <section class="preview" aria-live="polite" aria-busy=${isPreviewing.value ? "true" : null}>
      ${refusal.value && html`<p class="notice" data-tone="bad" role="alert">${refusal.value}</p>`}
      ${known === null ? html`<p class="detail-note">${waitingText()}</p>` : html`<${Figures} known=${known} />`}
    </section>
  `;
}

function waitingText() {
  if (isPreviewing.value) return "Working out cost and risk…";
  if (Object.keys(errors.value).length > 0) return "Correct what is marked above to see cost and risk.";
  return body.value === null ? "Cost, risk and heat appear when the order is complete." : "";
}

/** @param {{ known: import("../shapes.js").Preview }} props */
const Figures = ({ known }) => html`
  <dl class="preview-figures figure">
    <div><dt>${known.cost !== null && known.cost > 0 ? "Credit" : "Cost"}</dt><dd>${money(known.cost)}</dd></div>
    <div><dt>At the stop</dt><dd>${known.loss_at_stop === null ? "no stop" : `≈ ${money(-known.loss_at_stop)}`}</dd></div>
    <div><dt>Worst case</dt><dd>${worstText(known)} ${isLongOption(known) && html` <span class="figure-side">all premium</span>`}</dd></div>
    <div><dt>Max profit</dt><dd>${maxProfitText(known)}</dd></div>
    <div><dt>Chance of profit</dt><dd>${chance(known.pop)}</dd></div>
    <div><dt>Break-even</dt><dd>${known.break_evens.length === 0 ? "—" : known.break_evens.map(priceNear).join(", ")}</dd></div>
    ${known.risk_reward !== null && html`<div><dt>Reward : stop</dt><dd>${ratio(known.risk_reward)}</dd></div>`}
    ${!isLongOption(known) && html`<div><dt>Set aside</dt><dd>${money(known.collateral)}</dd></div>`}
    <div><dt>Heat after</dt><dd class="quote-pair"><span>${percent(known.heat_after_pct)}</span> <span class="figure-side">${money(known.heat_after)}</span></dd></div>
    ${!isSeveral.value && html`<${QuoteFigure} known=${known} />`}
  </dl>
  ${known.breaks.map(
    ({ limit, value, allowed }) => html`
      <p key=${limit} class="notice" data-tone="bad">
        <strong>${limitName(limit)}</strong> would be ${limitValue(limit, value)}; your limit is ${limitValue(limit, allowed)}.
      </p>
    `,
  )}
  ${known.warnings.map((warning, index) => html`<p key=${index} class="notice" data-tone="warn">${warningText(warning)}</p>`)}
`;

/** Of several legs natural and mid stand above. @param {{ known: import("../shapes.js").Preview }} props */
const QuoteFigure = ({ known }) => html`
  <div><dt>Quote</dt><dd class="quote-pair"><span>${price(known.bid)} / ${price(known.ask)}</span> <span class="figure-side">${quoteAge(known.as_of)}</span>
    ${known.delayed && html`<${Chip} tone="warn" title="These quotes are 15 minutes old">15 min<//>`}</dd></div>
`;

/** Nothing more than its premium can be lost, and nothing is put aside. @param {import("../shapes.js").Preview} known */
const isLongOption = ({ structure }) => structure === "LONG_CALL" || structure === "LONG_PUT";

/** A short call alone is taken only against shares that are held. @param {import("../shapes.js").Preview} known */
function worstText({ max_loss: worst, structure, payoff }) {
  if (worst !== null) return money(-worst);
  if (structure === "SHORT_CALL") return "held shares";
  return payoff.length > 0 ? "no limit" : "—";
}

/** No limit, or not to be known: a later leg without a volatility has no payoff. @param {import("../shapes.js").Preview} known */
const maxProfitText = ({ max_profit: most, payoff }) => (most !== null ? money(most) : payoff.length > 0 ? "no limit" : "—");

/** @param {string | null} asOf */
function quoteAge(asOf) {
  if (asOf === null) return "";
  const seconds = (serverNow() - Date.parse(asOf)) / 1000;
  return seconds > 120 ? `${age(seconds)} old` : time(asOf);
}

/** @param {any} warning */
const warningText = (warning) => (typeof warning === "string" ? warning : (warning?.message ?? warning?.detail ?? JSON.stringify(warning)));
