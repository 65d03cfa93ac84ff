/** The picture of the order that stands in the ticket, with the Greeks of all its legs. The last one stays while a new one is worked out. */
import { heldGreek, profit } from "../lib/format.js";
import { html } from "../lib/html.js";
import { isPreviewing, picture } from "../state/ticket.js";
import { chain, quote } from "../state/ticket-market.js";
import { BookWith } from "./book-with.js";
import { PayoffChart } from "./payoff-chart.js";

export function TicketPayoff() {
  const known = picture.value;
  if (known === null) return null;
  const { delta, gamma, theta, vega } = known.greeks;
  return html`
    <section class="ticket-part" aria-label="Payoff" data-waiting=${isPreviewing.value ? "" : null}>
      ${known.payoff.length > 1 && html`<${PayoffChart} known=${known} spot=${chain.value?.underlying_price ?? quote.value?.last ?? null} />`}
      <p class="greeks-line figure" title="Of the whole order: shares, shares per dollar, dollars a day, dollars per volatility point">
        <span>Delta <strong>${heldGreek(delta)}</strong></span>
        <span>Gamma <strong>${heldGreek(gamma)}</strong></span>
        <span>Theta a day <strong>${profit(theta === null ? null : Math.round(theta * 100) / 100)}</strong></span>
        <span>Vega <strong>${profit(vega === null ? null : Math.round(vega * 100) / 100)}</strong></span>
      </p>
      ${known.book !== null && html`<${BookWith} book=${known.book} />`}
    </section>
  `;
}
