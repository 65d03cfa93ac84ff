/** How near each limit is, the nearest first; a figure without a limit says so. */
import { count, money, percent, price } from "../lib/format.js";
import { html } from "../lib/html.js";
import { address } from "../state/route.js";

/** @typedef {import("../state/risk.js").RiskBook} RiskBook */
/** @typedef {import("../shapes-desk-more.js").DeskSettings} DeskSettings */
/** `share` of its limit, 1 is all of it; null: no limit, or not known. @typedef {{ name: string, share: number | null, says: string, past: string }} Gauge */

/** Of the equity, in per cent, that one position may lose before it is warned of (B-09). */
const POSITION_PCT = 30;
const NEAR = 0.8;
const FULL = 1;

/** @param {{ book: RiskBook, limits: DeskSettings | null }} props */
export function RiskGauges({ book, limits }) {
  const gauges = gaugesOf(book, limits);
  const known = gauges.filter(({ share }) => share !== null).sort((one, other) => Number(other.share) - Number(one.share));
  const others = gauges.filter(({ share }) => share === null);
  return html`
    <section class="panel" aria-labelledby="risk-gauges">
      <h2 id="risk-gauges">Against its limits</h2>
      <ul class="gauges">
        ${known.map((gauge) => html`<${Bar} key=${gauge.name} gauge=${gauge} />`)}
        ${others.map(({ name, says }) => html`<li key=${name} class="gauge"><span class="gauge-name">${name}</span><span class="gauge-says figure">${says}</span></li>`)}
      </ul>
      <p class="panel-note">A cap that is not set stops nothing, and lets nothing live be entered by the desk. <a href=${address("desk", { part: "controls" })}>Set caps</a></p>
    </section>
  `;
}

/** @param {RiskBook} book @param {DeskSettings | null} limits @returns {Gauge[]} */
function gaugesOf(book, limits) {
  const of = (/** @type {number | null} */ pct) => (pct === null ? null : pct / 100);
  const ratio = (/** @type {number | null} */ value, /** @type {number | null | undefined} */ most) => (value === null || !most ? null : value / most);
  const cap = (/** @type {number | null | undefined} */ most, /** @type {string} */ unit) => (most === null || most === undefined ? "no cap" : `cap ${count(most)} ${unit}`);
  return [
    { name: "Delta", share: of(book.delta_utilization_pct), says: `${figure(book.net_delta_shares)} shares, ${cap(limits?.portfolio_max_abs_delta_shares, "shares")}`, past: "stops entries" },
    { name: "Gamma", share: of(book.gamma_utilization_pct), says: `${figure(book.net_gamma_shares_per_dollar)} shares a dollar, ${cap(limits?.portfolio_max_abs_gamma, "")}`, past: "stops entries" },
    { name: "Vega", share: of(book.vega_utilization_pct), says: `${money(book.net_vega_usd_per_1vol)} a point, ${cap(limits?.portfolio_max_abs_vega, "$ a point")}`, past: "stops entries" },
    { name: "Value at risk 99%", share: ratio(book.var_99_1d, limits?.max_daily_loss), says: `${money(book.var_99_1d)} of ${money(limits?.max_daily_loss ?? null)} a day`, past: "more than a day may lose" },
    { name: "Largest position", share: ratio(book.max_single_position_pct, POSITION_PCT), says: `may lose ${percent(book.max_single_position_pct)} of the equity, warned from ${POSITION_PCT}% on`, past: "warned" },
    { name: "Largest underlying", share: null, says: `may lose ${percent(book.max_single_underlying_pct)} of the equity`, past: "" },
  ];
}

/** @param {number | null} value */
const figure = (value) => (value === null ? "—" : price(Math.round(value * 100) / 100));

/** @param {{ gauge: Gauge }} props */
function Bar({ gauge: { name, share, says, past } }) {
  const part = Number(share);
  const tone = part > FULL ? "bad" : part > NEAR ? "warn" : null;
  return html`
    <li class="gauge" data-tone=${tone}>
      <span class="gauge-name">${name}</span>
      <svg class="gauge-bar" viewBox="0 0 120 8" preserveAspectRatio="none" role="img" aria-label=${`${Math.round(part * 100)}% of its limit`}>
        <rect class="gauge-all" width="100" height="8" /><rect class="gauge-part" width=${Math.min(part, 1.2) * 100} height="8" /><rect class="gauge-end" x="99.4" width="1.2" height="8" />
      </svg>
      <span class="gauge-share figure">${percent(part * 100)}${part > FULL && html` <strong>${past}</strong>`}</span>
      <span class="gauge-says figure">${says}</span>
    </li>
  `;
}
