/** Every other broker: where each stands, and the form that its own row asks for. Secrets go in and are never shown again. */
import { Chip } from "../components/chip.js";
import { Field } from "../components/field.js";
import { dateTimeZoned } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { connectionStateName, modeLongName, named } from "../lib/words.js";
import { connect, connections, connectionsError, disconnect, readConnections, signInThere } from "../state/connections.js";
import { FormFoot, useSettingsCall } from "./settings-form.js";

/** @typedef {import("../state/connections.js").Connection} Connection */

/** What has panels of its own above, with the switch for real money. */
const ELSEWHERE = "tradier";
const credentialName = named({ api_key: "API key", api_secret: "API secret", client_id: "App key", client_secret: "Client secret", refresh_token: "Refresh token", token: "Token" });

export function SettingsConnections() {
  useEffect(() => void readConnections(), []);
  const known = (connections.value ?? []).filter(({ broker, credentials }) => credentials.length > 0 && broker !== ELSEWHERE);
  return html`
    <section class="panel" aria-labelledby="settings-connections">
      <h2 id="settings-connections">More brokers</h2>
      ${connectionsError.value !== null && html`<p class="notice" data-tone="warn" role="alert">They could not be read: ${connectionsError.value}</p>`}
      ${connections.value === null && connectionsError.value === null && html`<p class="panel-note">Reading which are connected…</p>`}
      <ul class="connections">${known.map((one) => html`<${Row} key=${one.broker_mode} one=${one} />`)}</ul>
    </section>
  `;
}

/** @param {{ one: Connection }} props */
function Row({ one }) {
  const { broker_mode: mode, state, account_id: account, reason, last_ok_at: answered, expires_at: until } = one;
  const [isOpen, setOpen] = useState(false);
  const { isBusy, refusal, run } = useSettingsCall();
  const isConnected = state !== "NONE";
  const canSignIn = one.in_browser && (isConnected || reason !== null);
  const facts = [until !== null && `login ends ${dateTimeZoned(until)}`, account !== null && `account ${account}`, answered !== null && `answered last ${dateTimeZoned(answered)}`].filter(Boolean);
  return html`
    <li class="connection" data-mode=${mode}>
      <div class="panel-head">
        <span><strong>${modeLongName(mode)}</strong> <${Chip} tone=${["OK", "NONE"].includes(state) ? "plain" : "warn"}>${connectionStateName(state)}<//></span>
        <span class="form-actions">
          <button type="button" class="button" data-size="small" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}>${isOpen ? "Cancel" : isConnected ? "New credentials…" : "Connect…"}</button>
          ${canSignIn && !isOpen && html`<button type="button" class="button" data-size="small" data-kind="primary" disabled=${isBusy} onClick=${() => void run(() => signInThere(one), "Going to the broker")}>Sign in there…</button>`}
          ${isConnected && !isOpen && html`<button type="button" class="button" data-size="small" data-kind="danger" disabled=${isBusy} onClick=${() => void run(() => disconnect(one), "Disconnected")}>Disconnect</button>`}
        </span>
      </div>
      ${facts.length > 0 && html`<p class="panel-note">${facts.join(", ")}</p>`}
      ${reason !== null && html`<p class="panel-note">${reason}</p>`}
      ${refusal !== null && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
      ${isOpen && html`<${Form} one=${one} onDone=${() => setOpen(false)} />`}
    </li>
  `;
}

/** A field for each thing that this broker asks for. @param {{ one: Connection, onDone: () => void }} props */
function Form({ one, onDone }) {
  const { isBusy, byField, refusal, run } = useSettingsCall();
  const [typed, setTyped] = useState(/** @type {Record<string, string>} */ ({}));
  const [account, setAccount] = useState("");
  const missing = one.credentials.filter((name) => (typed[name] ?? "").trim() === "");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const credentials = Object.fromEntries(one.credentials.map((name) => [name, typed[name].trim()]));
    if (await run(() => connect(one, credentials, account), "Connected")) onDone();
  };
  return html`
    <form class="form" onSubmit=${submit} aria-label=${`Connect ${modeLongName(one.broker_mode)}`}>
      ${one.credentials.map(
        (name) => html`<${Field} key=${name} label=${credentialName(name)} type="password" name=${name} value=${typed[name] ?? ""}
          onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [name]: value })} autocomplete="new-password" spellcheck=${false}
          error=${byField[`credentials.${name}`] ?? null} />`,
      )}
      <${Field} label="Account number" name="account_id" value=${account} onInput=${setAccount} spellcheck=${false} placeholder="Their own" error=${byField.account_id ?? null}
        hint="They are tried at the broker, then stored encrypted. They are never shown again." />
      <${FormFoot} isBusy=${isBusy} canSave=${missing.length === 0} refusal=${refusal} lacks=${`Still missing: ${missing.map(credentialName).join(", ")}.`} />
    </form>
  `;
}
