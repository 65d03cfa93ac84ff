/** Risk: a picture first. How near each limit is, what moves of the market would do, what a day may cost, and how it went. */
import { Empty, Failed, Loading } from "../components/empty.js";
import { ModeBadge } from "../components/mode-badge.js";
import { StaleNotice } from "../components/stale-notice.js";
import { age, plural, timeZoned } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { market, serverNow } from "../state/clock.js";
import { deskLimits, readDeskLimits } from "../state/desk-limits.js";
import { readAt } from "../state/portfolio.js";
import { readRisk, risk, riskError } from "../state/risk.js";
import { effectiveMode } from "../state/settings.js";
import { RiskConcentration } from "./risk-concentration.js";
import { RiskGauges } from "./risk-gauges.js";
import { RiskGreeks } from "./risk-greeks.js";
import { RiskHistory } from "./risk-history.js";
import { RiskScenarios } from "./risk-scenarios.js";
import { RiskSurface } from "./risk-surface.js";
import { RiskValue } from "./risk-value.js";

/** A book comes each minute of the session. */
const STALE_S = 180;

export function RiskView() {
  useEffect(() => void readRisk(), [readAt.value?.localMs, effectiveMode.value]);
  useEffect(() => {
    if (deskLimits.value === null) void readDeskLimits();
  }, []);
  const book = risk.value;
  return html`
    <div class="view-head">
      <h1>Risk</h1>
      ${book !== null && book.as_of !== null && html`<p class="panel-note risk-of"><${ModeBadge} /> ${plural(book.legs, "leg")} · <${Age} at=${book.as_of} /></p>`}
    </div>
    ${riskError.value !== null && book !== null && html`<${StaleNotice} error=${riskError.value} onRetry=${readRisk} />`}
    <${Body} book=${book} />
  `;
}

/** @param {{ at: string }} props */
function Age({ at }) {
  const old = (serverNow() - Date.parse(at)) / 1000;
  const isOld = market.value?.open === true && old > STALE_S;
  return html`<span class="figure" data-tone=${isOld ? "warn" : null}>worked out ${timeZoned(at)}${isOld && `, ${age(old)} ago`}</span>`;
}

/** @param {{ book: import("../state/risk.js").RiskBook | null }} props */
function Body({ book }) {
  if (book === null) {
    return riskError.value === null ? html`<${Loading} what="the risk book" />` : html`<${Failed} what="The risk book" error=${riskError.value} onRetry=${readRisk} />`;
  }
  if (book.as_of === null) {
    return html`<${Empty} title="No risk book yet"><p>It is worked out each minute of the session for what is held: Greeks, scenarios, value at risk.</p><//>`;
  }
  return html`
    ${book.unknown !== null && html`<p class="notice" data-tone="bad" role="alert">The book is not known, and nothing is entered: ${book.unknown}.</p>`}
    ${book.guessed_betas.length > 0 && html`<p class="notice" data-tone="warn">The beta of ${book.guessed_betas.join(", ")} is not known and counts as 1.</p>`}
    <div class="risk">
      <div class="risk-column">
        <${RiskGauges} book=${book} limits=${deskLimits.value} />
        <${RiskSurface} />
      </div>
      <div class="risk-column">
        <${RiskScenarios} book=${book} />
        <${RiskValue} book=${book} limits=${deskLimits.value} />
        <${RiskGreeks} book=${book} />
      </div>
      <${RiskConcentration} />
      <${RiskHistory} />
    </div>
  `;
}
