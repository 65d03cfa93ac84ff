/** What the order would cost, risk and do to the limits, as the server computes it. */
import { chance, change, money, percent, priceNear, ratio } from "../lib/format.js";
import { html } from "../lib/html.js";
import { limitValue } from "../lib/limits.js";
import { limitName } from "../lib/words.js";
import { isPreviewing, preview } from "../state/ticket.js";
import { body, draft, errors, firstFault, refusal } from "../state/ticket-draft.js";
import { chain } from "../state/ticket-market.js";
import { Chip } from "./chip.js";

export function TicketPreview() {
  const known = preview.value;
  return html`
    <section class="preview-whole" aria-label="What the order would mean" aria-busy=${isPreviewing.value ? "true" : null}>
      ${known !== null && html`<${Figures} known=${known} />`}
    </section>
  `;
}

/** Limits that the order would pass. @param {{ known: import("../shapes.js").Preview }} props */
const Breaks = ({ known }) =>
  known.breaks.map(
    ({ limit, value, allowed }) => html`
      <p key=${limit} class="notice" data-tone="bad">
        <strong>${limitName(limit)}</strong> would be ${limitValue(limit, value)}; your limit is ${limitValue(limit, allowed)}.
      </p>
    `,
  );

/** What matters most stands above the button; the rest with the order. */
export const PreviewBrief = () => html`<section class="preview" aria-live="polite" aria-busy=${isPreviewing.value ? "true" : null}>${brief()}</section>`;

function brief() {
  const known = preview.value;
  if (refusal.value) return html`<p class="notice" data-tone="bad" role="alert">${refusal.value}</p>`;
  if (known === null) return html`<p class="detail-note">${waitingText()}</p>`;
  return html`
    <p class="preview-brief figure">
      <span>${costName(known)} <strong>${money(known.cost === null ? null : Math.abs(known.cost))}</strong></span>
      <span>${known.loss_at_stop === null ? "Worst" : "At stop"} <strong>${known.loss_at_stop === null ? worstText(known) : `≈ ${money(-known.loss_at_stop)}`}</strong></span>
      <span>Heat <strong>${percent(known.heat_after_pct)}</strong></span>
    </p>
    <${Breaks} known=${known} />
  `;
}

/** @param {import("../shapes.js").Preview} known */
const costName = ({ cost }) => (cost !== null && cost > 0 ? "Credit" : "Debit");

function waitingText() {
  if (isPreviewing.value) return "Working out cost and risk…";
  if (Object.keys(errors.value).length > 0) return "Correct what is marked above to see cost and risk.";
  return body.value === null ? (firstFault(draft.value) ?? "Cost, risk and heat appear when the order is complete.") : "";
}

/** @param {{ known: import("../shapes.js").Preview }} props */
const Figures = ({ known }) => html`
  <dl class="preview-figures figure">
    <div><dt>${costName(known)}</dt><dd>${money(known.cost === null ? null : Math.abs(known.cost))}</dd></div>
    <div><dt>At the stop</dt><dd>${known.loss_at_stop === null ? "no stop" : `≈ ${money(-known.loss_at_stop)}`}</dd></div>
    <div><dt>Worst case</dt><dd>${worstText(known)} ${isLongOption(known) && html` <span class="figure-side">all premium</span>`}</dd></div>
    <div><dt>Max profit</dt><dd>${maxProfitText(known)}</dd></div>
    <div><dt title="From implied volatility, at expiry: a model's word, no forecast">Chance of profit, by IV</dt><dd>${chance(known.pop)}</dd></div>
    <div><dt>Break-even</dt><dd>${known.break_evens.length === 0 ? "—" : known.break_evens.map(breakEvenText).join(", ")}</dd></div>
    ${known.risk_reward !== null && html`<div><dt>Reward : stop</dt><dd>${ratio(known.risk_reward)}</dd></div>`}
    ${!isLongOption(known) && html`<div><dt>Set aside</dt><dd>${money(known.collateral)}</dd></div>`}
    <div><dt>Heat after</dt><dd class="quote-pair"><span>${percent(known.heat_after_pct)}</span> <span class="figure-side">${money(known.heat_after)}</span></dd></div>
    ${known.delayed && html`<div><dt>Quotes</dt><dd><${Chip} tone="warn" title="These quotes are 15 minutes old">15 min<//></dd></div>`}
  </dl>
  ${known.warnings.map((warning, index) => html`<p key=${index} class="notice" data-tone="warn">${warningText(warning)}</p>`)}
`;

/** With the way there from here. @param {number} level */
function breakEvenText(level) {
  const spot = chain.value?.underlying_price ?? null;
  return `${priceNear(level)}${spot === null ? "" : ` (${change(((level - spot) / spot) * 100)})`}`;
}

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

/** @param {any} warning */
const warningText = (warning) => (typeof warning === "string" ? warning : (warning?.message ?? warning?.detail ?? JSON.stringify(warning)));
