/** Where orders go, and the sandbox's credentials. */
import { html, useState } from "../lib/html.js";
import { isRealMoney, modeLongName } from "../lib/words.js";
import { connections } from "../state/connections.js";
import { changedCredentials, Credentials, TestConnection } from "./settings-credentials.js";
import { FormFoot, useSettingsForm } from "./settings-form.js";

/** @typedef {import("../shapes.js").Settings} Settings */

/** Where options can be sent without real money; others than the first two once they are connected. */
const MODES = ["PAPER", "TRADIER_SANDBOX"];
const ALSO = ["TASTYTRADE_CERT", "IBKR_PAPER"];

const connected = () => (connections.value ?? []).flatMap(({ broker_mode: mode, state }) => (ALSO.includes(mode) && state !== "NONE" ? [mode] : []));

/** @param {{ known: Settings }} props */
export function SettingsBroker({ known }) {
  const { isBusy, byField, refusal, save } = useSettingsForm();
  const [mode, setMode] = useState(/** @type {string | null} */ (null));
  const [token, setToken] = useState("");
  const [account, setAccount] = useState(/** @type {string | null} */ (null));
  const isLive = isRealMoney(known.broker_mode);
  const changes = {
    ...(mode === null || mode === known.broker_mode ? {} : { broker_mode: mode }),
    ...changedCredentials("sandbox", known, token, account),
  };
  const send = async (/** @type {Record<string, unknown>} */ what) => {
    if (!(await save(what))) return;
    setMode(null);
    setToken("");
    setAccount(null);
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void send(changes);
  };
  return html`
    <section class="panel" aria-labelledby="settings-broker">
      <h2 id="settings-broker">Broker</h2>
      <form class="form" onSubmit=${submit}>
        <label class="field">
          <span class="label">Orders go to</span>
          <span class="field-box">
            <select name="broker_mode" value=${mode ?? known.broker_mode} onChange=${(/** @type {any} */ event) => setMode(event.currentTarget.value)}>
              ${[...new Set([...MODES, ...connected(), known.broker_mode])].map((each) => html`<option key=${each} value=${each}>${modeLongName(each)}</option>`)}
            </select>
          </span>
          ${byField.broker_mode && html`<span class="field-error">${byField.broker_mode}</span>`}
          <span class="field-hint">
            ${isLive ? "Choosing another one leaves live trading." : "Live trading is switched on by its own switch."} Trades that are open stay where they are.
          </span>
        </label>
        <${Credentials} environment="sandbox" known=${known} token=${token} onToken=${setToken}
          account=${account ?? known.tradier_sandbox_account_id ?? ""} onAccount=${setAccount}
          onRemove=${() => void send({ tradier_sandbox_token: null })} isBusy=${isBusy} byField=${byField} />
        <${FormFoot} isBusy=${isBusy} canSave=${Object.keys(changes).length > 0} refusal=${refusal}>
          <${TestConnection} mode=${isLive ? "TRADIER_SANDBOX" : known.broker_mode} />
        <//>
      </form>
    </section>
  `;
}
