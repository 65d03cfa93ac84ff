/** What the order would cost, risk and do to the limits, as the server computes it. */
import { age, money, percent, price, ratio, time } from "../lib/format.js";
import { html } from "../lib/html.js";
import { limitName } from "../lib/words.js";
import { serverNow } from "../state/clock.js";
import { body, errors, isPreviewing, preview, refusal } from "../state/ticket.js";
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
    <div><dt>Cost</dt><dd>${money(known.cost)}</dd></div>
    <div><dt>At the stop</dt><dd>${known.loss_at_stop === null ? "no stop" : `≈ ${money(-known.loss_at_stop)}`}</dd></div>
    <div><dt>Worst case</dt><dd>${known.max_loss === null ? "—" : money(-known.max_loss)} <span class="figure-side">all premium</span></dd></div>
    <div><dt>Max reward</dt><dd>${known.max_reward === null ? "open" : money(known.max_reward)}</dd></div>
    <div><dt>Reward : stop</dt><dd>${ratio(known.risk_reward)}</dd></div>
    <div><dt>Break-even</dt><dd>${known.break_evens.map(price).join(", ")}</dd></div>
    <div><dt>Heat after</dt><dd class="quote-pair"><span>${percent(known.heat_after_pct)}</span> <span class="figure-side">${money(known.heat_after)}</span></dd></div>
    <div><dt>Quote</dt><dd class="quote-pair"><span>${price(known.bid)} / ${price(known.ask)}</span> <span class="figure-side">${quoteAge(known.as_of)}</span>
      ${known.delayed && html`<${Chip} tone="warn" title="These quotes are 15 minutes old">15 min<//>`}</dd></div>
  </dl>
  ${known.breaks.map(
    ({ limit, value, allowed }) => html`
      <p key=${limit} class="notice" data-tone="bad">
        <strong>${limitName(limit)}</strong> would be ${inUnit(limit, value)}; your limit is ${inUnit(limit, allowed)}.
      </p>
    `,
  )}
  ${known.warnings.map((warning, index) => html`<p key=${index} class="notice" data-tone="warn">${warningText(warning)}</p>`)}
`;

/** @param {string | null} asOf */
function quoteAge(asOf) {
  if (asOf === null) return "";
  const seconds = (serverNow() - Date.parse(asOf)) / 1000;
  return seconds > 120 ? `${age(seconds)} old` : time(asOf);
}

/** @param {string} limit @param {number | null} value */
function inUnit(limit, value) {
  if (limit === "heat_limit_pct") return percent(value);
  return limit === "daily_loss_limit" ? money(value) : String(value ?? "—");
}

/** @param {any} warning */
const warningText = (warning) => (typeof warning === "string" ? warning : (warning?.message ?? warning?.detail ?? JSON.stringify(warning)));
