/** Every other broker: where each stands, and the form that its own row asks for. Secrets go in and are never shown again. */
import { html, useEffect } from "../lib/html.js";
import { connections, connectionsError, readConnections } from "../state/connections.js";
import { ConnectionRow } from "./settings-connection.js";

/** What has panels of its own above, with the switch for real money. */
const ELSEWHERE = "tradier";

export function SettingsConnections() {
  useEffect(() => void readConnections(), []);
  const known = (connections.value ?? []).filter(({ broker, credentials }) => credentials.length > 0 && broker !== ELSEWHERE);
  return html`
    <section class="panel" aria-labelledby="settings-connections">
      <h2 id="settings-connections">More brokers</h2>
      ${connectionsError.value !== null && html`<p class="notice" data-tone="warn" role="alert">They could not be read: ${connectionsError.value}</p>`}
      ${connections.value === null && connectionsError.value === null && html`<p class="panel-note">Reading which are connected…</p>`}
      <ul class="connections">${known.map((one) => html`<${ConnectionRow} key=${one.broker_mode} one=${one} />`)}</ul>
    </section>
  `;
}
