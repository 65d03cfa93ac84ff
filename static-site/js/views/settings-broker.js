/** Broker mode, tokens (entered, never shown) and account numbers, and a test of the connection. */
import { html, useState } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { modeLongName } from "../lib/words.js";
import * as api from "../api.js";
import { Field } from "../components/field.js";
import { useSettingsForm } from "./settings-form.js";

/** @typedef {import("../shapes.js").Settings} Settings */

const MODES = ["PAPER", "TRADIER_SANDBOX"];

/** @param {{ known: Settings }} props */
export function SettingsBroker({ known }) {
  const { isBusy, byField, refusal, save } = useSettingsForm();
  const [mode, setMode] = useState(known.broker_mode);
  const [token, setToken] = useState("");
  const [account, setAccount] = useState(known.tradier_sandbox_account_id ?? "");
  const isLive = known.broker_mode === "TRADIER_LIVE";
  const changes = {
    ...(mode === known.broker_mode ? {} : { broker_mode: mode }),
    ...(token.trim() === "" ? {} : { tradier_sandbox_token: token.trim() }),
    ...(account.trim() === (known.tradier_sandbox_account_id ?? "") ? {} : { tradier_sandbox_account_id: account.trim() || null }),
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void save(changes);
  };
  return html`
    <section class="panel" aria-labelledby="settings-broker">
      <h2 id="settings-broker">Broker</h2>
      <form class="form" onSubmit=${submit}>
        <label class="field">
          <span class="label">Orders go to</span>
          <span class="field-box">
            <select name="broker_mode" value=${mode} onChange=${(/** @type {any} */ event) => setMode(event.currentTarget.value)}>
              ${(isLive ? [...MODES, "TRADIER_LIVE"] : MODES).map((each) => html`<option key=${each} value=${each}>${modeLongName(each)}</option>`)}
            </select>
          </span>
          ${byField.broker_mode && html`<span class="field-error">${byField.broker_mode}</span>`}
        </label>
        <${Field} label="Tradier sandbox token" type="password" value=${token} onInput=${setToken} name="tradier_sandbox_token"
          autocomplete="new-password" spellcheck=${false} placeholder=${storedText(known.tradier_sandbox_token)}
          error=${byField.tradier_sandbox_token ?? null}
          hint="Tried at the broker, then stored encrypted. It is never shown again."
          after=${known.tradier_sandbox_token.set && html`<${RemoveToken} onRemove=${() => void save({ tradier_sandbox_token: null })} isBusy=${isBusy} />`} />
        <${Field} label="Sandbox account number" value=${account} onInput=${setAccount} name="tradier_sandbox_account_id"
          spellcheck=${false} error=${byField.tradier_sandbox_account_id ?? null} />
        ${(isLive || known.tradier_live_token.set) && html`<${LiveFacts} known=${known} />`}
        ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
        <div class="form-actions">
          <button type="submit" class="button" data-kind="primary" disabled=${isBusy || Object.keys(changes).length === 0}>
            ${isBusy ? "Saving…" : "Save"}
          </button>
          <${TestConnection} mode=${known.broker_mode} />
        </div>
      </form>
    </section>
  `;
}

/** @param {{ set: boolean, last4: string | null }} token */
const storedText = (token) => (token.set ? `Stored, ends in ${token.last4 ?? "…"}` : "Not stored");

/** @param {{ onRemove: () => void, isBusy: boolean }} props */
const RemoveToken = ({ onRemove, isBusy }) => html`
  <button type="button" class="button-link" disabled=${isBusy} onClick=${onRemove}>Remove</button>
`;

/** @param {{ known: Settings }} props */
const LiveFacts = ({ known }) => html`
  <dl class="plain-facts">
    <dt>Live token</dt><dd>${storedText(known.tradier_live_token)}</dd>
    <dt>Live account</dt><dd>${known.tradier_live_account_id ?? "—"}</dd>
  </dl>
`;

/** @param {{ mode: string }} props */
function TestConnection({ mode }) {
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState(/** @type {{ tone: string, text: string } | null} */ (null));
  const test = async () => {
    setBusy(true);
    setSaid(null);
    try {
      setSaid(resultOf(await api.testConnection({ mode }, api.newKey())));
    } catch (error) {
      setSaid({ tone: "bad", text: sentence(error) });
    } finally {
      setBusy(false);
    }
  };
  return html`
    <button type="button" class="button" disabled=${isBusy} onClick=${test}>${isBusy ? "Testing…" : "Test connection"}</button>
    ${said && html`<p class="notice" data-tone=${said.tone} role="status">${said.text}</p>`}
  `;
}

/** @param {import("../shapes.js").Connection} result */
function resultOf(result) {
  if (!result.ok) return { tone: "bad", text: result.reason ?? "The broker refused." };
  const facts = [
    result.account_id && `account ${result.account_id}`,
    result.account_type,
    result.status,
    result.options_level !== null && `options level ${result.options_level}`,
  ];
  return { tone: "good", text: `Connected: ${facts.filter(Boolean).join(", ")}.` };
}
