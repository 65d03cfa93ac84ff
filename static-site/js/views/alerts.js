/** What needs its owner: alerts that should be known, and those that ask for a yes or a no. */
import { Failed, Loading } from "../components/empty.js";
import { Segmented } from "../components/segmented.js";
import { StaleNotice } from "../components/stale-notice.js";
import { plural } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import {
  acknowledgeAll,
  alertsError,
  allAlerts,
  busyAlerts,
  hasOlderAlerts,
  needsOwner,
  openAlerts,
  readAlerts,
  readOlderAlerts,
  showAll,
  showsAll,
} from "../state/alerts.js";
import { address } from "../state/route.js";
import { AlertItem } from "./alerts-item.js";

const ALL_AT_ONCE_FROM = 2;

export function Alerts() {
  useEffect(() => void readAlerts(), []);
  const seeable = (openAlerts.value ?? []).filter((alert) => alert.question === null);
  return html`
    <section class="needs" aria-labelledby="needs">
    <div class="view-head">
      <h2 id="needs">${showsAll.value ? "All alerts" : "Needs you"}</h2>
      <div class="alerts-choice">
        ${
          !showsAll.value &&
          seeable.length >= ALL_AT_ONCE_FROM &&
          html`<button type="button" class="button" data-size="small" disabled=${busyAlerts.value.size > 0} onClick=${() => void acknowledgeAll()}>Mark all as seen</button>`
        }
        <${Segmented} label="Show" value=${showsAll.value ? "all" : "open"} options=${[["open", "Open"], ["all", "All"]]}
          onChoose=${(/** @type {string} */ which) => showAll(which === "all")} />
      </div>
    </div>
    <${List} />
    </section>
  `;
}

function List() {
  const shown = showsAll.value ? allAlerts.value : openAlerts.value;
  const error = alertsError.value;
  if (shown === null) {
    return error === null
      ? html`<${Loading} what="alerts" />`
      : html`<${Failed} what="Alerts" error=${error} onRetry=${readAlerts} />`;
  }
  const notice = error === null ? null : html`<${StaleNotice} error=${error} onRetry=${readAlerts} />`;
  if (shown.length === 0) return html`${notice}<${NothingToSay} />`;
  const needs = showsAll.value ? shown : shown.filter(needsOwner);
  const notes = showsAll.value ? [] : shown.filter((alert) => !needsOwner(alert));
  return html`
    ${notice}
    ${needs.length === 0 ? html`<p class="panel-note">Nothing needs you.</p>` : html`<${Items} of=${needs} />`}
    ${notes.length > 0 && html`<details class="alert-notes"><summary>${plural(notes.length, "note")}, for you to know</summary><${Items} of=${notes} /></details>`}
    ${
      showsAll.value &&
      hasOlderAlerts.value &&
      html`<p class="more"><button type="button" class="button" onClick=${readOlderAlerts}>Show older alerts</button></p>`
    }
  `;
}

/** @param {{ of: import("../shapes.js").Alert[] }} props */
const Items = ({ of }) => html`<ul class="alerts">${of.map((alert) => html`<${AlertItem} key=${alert.id} alert=${alert} />`)}</ul>`;

const NothingToSay = () => html`
  <p class="panel-note">
    ${showsAll.value ? "No alerts yet." : "Nothing needs you."} You are told here when a position loses its protection, an order fails, or the broker disagrees.
    ${" "}<a href=${address("settings")}>Have alerts sent to Telegram, Discord or by mail</a>
  </p>
`;
