/** Live trading: its credentials, its two permissions, and the switch that asks for the account number. */
import { html, useState } from "../lib/html.js";
import { switchLive } from "../state/settings.js";
import { changedCredentials, Credentials, TestConnection } from "./settings-credentials.js";
import { FormFoot, useSettingsForm } from "./settings-form.js";
import { LiveDialog } from "./settings-live-dialog.js";

/** @typedef {import("../shapes.js").Settings} Settings */

/** @type {{ name: "close_before_expiry" | "allow_market_live", label: string, hint: string }[]} */
const SWITCHES = [
  {
    name: "close_before_expiry",
    label: "Close live positions 15 minutes before the close of their expiry day",
    hint: "Else what is in the money is exercised, and shares are yours.",
  },
  {
    name: "allow_market_live",
    label: "Allow market orders",
    hint: "Without it an entry needs a limit, and a close goes out as a limit 10% under the bid.",
  },
];

/** @param {{ known: Settings }} props */
export function SettingsLive({ known }) {
  const { isBusy, byField, refusal, save, run } = useSettingsForm();
  const [token, setToken] = useState("");
  const [account, setAccount] = useState(/** @type {string | null} */ (null));
  const [switched, setSwitched] = useState(/** @type {Record<string, boolean>} */ ({}));
  const [isAsking, setAsking] = useState(false);
  const theirs = known.tradier_live_account_id ?? "";
  const isOn = known.broker_mode === "TRADIER_LIVE";
  const isReady = known.tradier_live_token.set && known.tradier_live_account_id !== null;
  const changes = {
    ...changedCredentials("live", known, token, account),
    ...Object.fromEntries(SWITCHES.filter(({ name }) => (switched[name] ?? known[name]) !== known[name]).map(({ name }) => [name, switched[name]])),
  };
  const send = async (/** @type {Record<string, unknown>} */ what) => {
    if (!(await save(what))) return;
    setToken("");
    setAccount(null);
    setSwitched({});
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void send(changes);
  };
  return html`
    <section class="panel live-panel" data-on=${isOn ? "" : null} aria-labelledby="settings-live">
      <div class="panel-head">
        <h2 id="settings-live">Live trading at Tradier</h2>
        ${
          isOn
            ? html`<button type="button" class="button" disabled=${isBusy}
                onClick=${() => void run(() => switchLive({ enable: false }), "Live trading is off")}>Switch live off</button>`
            : html`<button type="button" class="button" data-kind="live" disabled=${isBusy || !isReady} onClick=${() => setAsking(true)}
                aria-describedby="settings-live-state">Switch live on…</button>`
        }
      </div>
      <p class="panel-note" id="settings-live-state">${stateText(isOn, isReady)}</p>
      <form class="form" onSubmit=${submit}>
        <${Credentials} environment="live" known=${known} token=${token} onToken=${setToken}
          account=${account ?? theirs} onAccount=${setAccount}
          onRemove=${() => void send({ tradier_live_token: null })} isBusy=${isBusy} byField=${byField} />
        ${SWITCHES.map(
          ({ name, label, hint }) => html`
            <label key=${name} class="check">
              <input type="checkbox" name=${name} checked=${switched[name] ?? known[name] === true}
                onChange=${(/** @type {any} */ event) => setSwitched({ ...switched, [name]: event.currentTarget.checked })} />
              <span>${label}<span class="field-hint check-hint">${hint}</span></span>
            </label>
          `,
        )}
        <${FormFoot} isBusy=${isBusy} canSave=${Object.keys(changes).length > 0} refusal=${refusal}>
          <${TestConnection} mode="TRADIER_LIVE" />
        <//>
      </form>
      ${isAsking && html`<${LiveDialog} account=${theirs} onSwitch=${(/** @type {{ confirm: string, code?: string }} */ proof) => switchLive({ enable: true, account_id: theirs, ...proof })} onClose=${() => setAsking(false)} />`}
    </section>
  `;
}

/** @param {boolean} isOn @param {boolean} isReady */
function stateText(isOn, isReady) {
  if (isOn) return "On: new orders use real money. Off is always possible; what is open stays live and protected.";
  if (isReady) return "Off. To switch it on you type the account number and a code of your second factor, which is set up under Sign-in.";
  return "Off. Store the live token and its account first.";
}
