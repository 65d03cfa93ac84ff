/** Alerts: what happened that the user should know, and what asks for a yes or a no. */
import { dateTime } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { acknowledge, alertsError, allAlerts, isAnswered, openAlerts, readAlerts, showAll, showsAll } from "../state/alerts.js";
import { Chip } from "../components/chip.js";
import { Empty, Failed, Loading } from "../components/empty.js";
import { Segmented } from "../components/segmented.js";

const TONES = /** @type {Record<string, string>} */ ({ info: "plain", warning: "warn", critical: "bad" });

export function AlertsView() {
  useEffect(() => void readAlerts(), []);
  return html`
    <div class="view-head">
      <h1>Alerts</h1>
      <${Segmented} label="Show" value=${showsAll.value ? "all" : "open"} options=${[["open", "Open"], ["all", "All"]]}
        onChoose=${(/** @type {string} */ which) => showAll(which === "all")} />
    </div>
    <${Alerts} />
  `;
}

function Alerts() {
  const shown = showsAll.value ? allAlerts.value : openAlerts.value;
  if (shown === null) {
    return alertsError.value === null
      ? html`<${Loading} what="alerts" />`
      : html`<${Failed} what="Alerts" error=${alertsError.value} onRetry=${readAlerts} />`;
  }
  if (shown.length === 0) {
    return html`<${Empty} title=${showsAll.value ? "No alerts yet" : "Nothing needs you"}>
      <p>You are told here when a position loses its protection, an order fails, or the broker disagrees.</p>
    <//>`;
  }
  return html`<ul class="alerts">${shown.map((alert) => html`<${AlertItem} key=${alert.id} alert=${alert} />`)}</ul>`;
}

/** @param {{ alert: import("../shapes.js").Alert }} props */
const AlertItem = ({ alert }) => html`
  <li class="alert" data-severity=${alert.severity} data-answered=${isAnswered(alert) ? "" : null}>
    <div class="alert-head">
      <${Chip} tone=${TONES[alert.severity] ?? "plain"}>${alert.severity}<//>
      <time class="figure" datetime=${alert.at}>${dateTime(alert.at)} ET</time>
      ${alert.resolved_at !== null && html`<span class="cell-sub">resolved ${dateTime(alert.resolved_at)}</span>`}
    </div>
    <p>${alert.text}</p>
    ${alert.question && html`<p class="alert-question">${questionText(alert.question)}</p>`}
    ${isAnswered(alert) ? html`<p class="cell-sub">Seen ${dateTime(alert.acked_at)}</p>` : html`<${Answers} alert=${alert} />`}
  </li>
`;

/** @param {any} question */
const questionText = (question) => (typeof question === "string" ? question : (question.text ?? question.kind ?? ""));

/** @param {{ alert: import("../shapes.js").Alert }} props */
const Answers = ({ alert }) =>
  alert.question
    ? html`<div class="alert-actions">
        <button type="button" class="button" data-kind="primary" onClick=${() => void acknowledge(alert.id, true)}>Yes</button>
        <button type="button" class="button" onClick=${() => void acknowledge(alert.id, false)}>No</button>
      </div>`
    : html`<div class="alert-actions">
        <button type="button" class="button" data-size="small" onClick=${() => void acknowledge(alert.id)}>Mark as seen</button>
      </div>`;
