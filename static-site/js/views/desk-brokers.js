/** The brokers that are connected, and how long each login lasts: one that ends takes the desk's entries with it. */
import { Chip } from "../components/chip.js";
import { dateTimeZoned, plural } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { connectionStateName, modeLongName } from "../lib/words.js";
import { serverNow } from "../state/clock.js";
import { connections, connectionsError, readConnections } from "../state/connections.js";
import { beat } from "../state/tick.js";

/** @typedef {import("../state/connections.js").Connection} Connection */

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

export function DeskBrokers() {
  useEffect(() => void readConnections(), []);
  const known = (connections.value ?? []).filter(({ state }) => state !== "NONE");
  return html`
    <section class="panel" aria-labelledby="desk-brokers">
      <h2 id="desk-brokers">Brokers</h2>
      ${connectionsError.value !== null && html`<p class="notice" data-tone="warn" role="alert">They could not be read: ${connectionsError.value}</p>`}
      ${connections.value === null && connectionsError.value === null && html`<p class="panel-note">Reading which are connected…</p>`}
      <ul class="recovery">${known.map((one) => html`<${Row} key=${one.broker_mode} one=${one} />`)}</ul>
    </section>
  `;
}

/** @param {{ one: Connection }} props */
function Row({ one: { broker_mode: mode, state, expires_at: ends, reason, last_ok_at: answered } }) {
  void beat.value;
  const left = ends === null ? null : Date.parse(ends) - serverNow();
  return html`
    <li>
      <strong>${modeLongName(mode)}</strong> <${Chip} tone=${state === "OK" ? "plain" : "warn"}>${connectionStateName(state)}<//>
      ${left !== null && html`<p class="figure" data-tone=${state === "OK" ? null : "warn"}>${left > 0 ? `Login ends in ${lasts(left)}, ${dateTimeZoned(/** @type {string} */ (ends))}` : "Login has ended: entries stop, what is held is not watched at this broker"}.</p>`}
      ${reason !== null && html`<p class="panel-note">${reason}</p>`}
      ${answered !== null && html`<p class="panel-note">Answered last ${dateTimeZoned(answered)}.</p>`}
    </li>
  `;
}

/** `6 days 4 hours` @param {number} ms */
function lasts(ms) {
  const hours = Math.floor(ms / HOUR_MS);
  if (hours < 1) return "under an hour";
  const days = Math.floor(hours / DAY_HOURS);
  return [...(days > 0 ? [plural(days, "day")] : []), ...(hours % DAY_HOURS > 0 ? [plural(hours % DAY_HOURS, "hour")] : [])].join(" ");
}
