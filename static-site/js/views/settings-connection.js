/** One broker in one environment: where it stands, its login, its credentials, and where it has real money its own live switch. */
import { Chip } from "../components/chip.js";
import { Field } from "../components/field.js";
import { dateTimeZoned } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { connectionStateName, isRealMoney, modeLongName, named } from "../lib/words.js";
import { connect, disconnect, signInThere, switchLiveThere } from "../state/connections.js";
import { FormFoot, useSettingsCall } from "./settings-form.js";
import { LiveDialog } from "./settings-live-dialog.js";

/** @typedef {import("../state/connections.js").Connection} Connection */

/** Several brokers name theirs alike. */
const credentialName = named({
  api_key: "API key",
  api_secret: "API secret",
  client_id: "App key",
  client_secret: "Client secret",
  refresh_token: "Refresh token",
  token: "Token",
  access_token: "Access token",
  access_token_secret: "Access token secret",
  consumer_key: "Consumer key",
  signature_key: "Private signature key",
  encryption_key: "Private encryption key",
  dh_prime: "Diffie-Hellman prime",
});
/** What is a file of several lines. */
const FILES = ["signature_key", "encryption_key", "dh_prime"];
const COINS = "binance";

/** @param {{ one: Connection }} props */
export function ConnectionRow({ one }) {
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
      ${isRealMoney(mode) && account !== null && isConnected && html`<${LiveSwitch} one=${one} account=${account} />`}
      ${isOpen && html`<${Form} one=${one} onDone=${() => setOpen(false)} />`}
    </li>
  `;
}

/** Real money at this broker, on by its account's number and a code, off always. @param {{ one: Connection, account: string }} props */
function LiveSwitch({ one, account }) {
  const { isBusy, refusal, run } = useSettingsCall();
  const [isAsking, setAsking] = useState(false);
  const isOfCoins = one.broker === COINS;
  const on = isOfCoins ? "Live is on: traders that you switch live enter there with real money." : "Live is on: new orders use real money.";
  const off = isOfCoins ? "Live is off: no trader enters there." : "Live is off: nothing is ordered there.";
  const coins = html`Traders may enter in your live account <strong class="figure">${account}</strong>, each once you have switched it live under Trading. None does so by this alone.`;
  return html`
    <div class="connection-live" data-on=${one.live_enabled ? "" : null}>
      <p class="panel-note"><${Chip} tone=${one.live_enabled ? "live" : "plain"}>${one.live_enabled ? "Live" : "Not live"}<//> ${one.live_enabled ? on : off}</p>
      ${
        one.live_enabled
          ? html`<button type="button" class="button" data-size="small" disabled=${isBusy} onClick=${() => void run(() => switchLiveThere(one, { enable: false }), "Live trading is off")}>Switch live off</button>`
          : html`<button type="button" class="button" data-size="small" data-kind="live" disabled=${isBusy} onClick=${() => setAsking(true)}>Switch live on…</button>`
      }
    </div>
    ${refusal !== null && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
    ${isAsking && html`<${LiveDialog} account=${account} said=${isOfCoins ? coins : null} onClose=${() => setAsking(false)}
      onSwitch=${(/** @type {{ confirm: string, code?: string }} */ proof) => switchLiveThere(one, { enable: true, ...proof })} />`}
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
        (name) => html`<${Field} key=${name} label=${credentialName(name)} name=${name} value=${typed[name] ?? ""} ...${FILES.includes(name) ? { rows: 4, class: "figure" } : { type: "password" }}
          onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [name]: value })} autocomplete="new-password" spellcheck=${false}
          error=${byField[`credentials.${name}`] ?? null} hint=${FILES.includes(name) ? "The whole file, its first and last line included" : null} />`,
      )}
      <${Field} label="Account number" name="account_id" value=${account} onInput=${setAccount} spellcheck=${false} placeholder="Their own" error=${byField.account_id ?? null}
        hint="They are tried at the broker, then stored encrypted. They are never shown again." />
      <${FormFoot} isBusy=${isBusy} canSave=${missing.length === 0} refusal=${refusal} lacks=${`Still missing: ${missing.map(credentialName).join(", ")}.`} />
    </form>
  `;
}
