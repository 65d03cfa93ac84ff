/** Where a trader's entries go: our own engine or Binance's testnet. Real money has a switch of its own, on the trader's card. */
import { DraftChoice } from "../components/draft-fields.js";
import { html, useEffect } from "../lib/html.js";
import { connections, readConnections } from "../state/connections.js";
import { address } from "../state/route.js";

const PLACES = [["PAPER", "Paper: our own engine"], ["BINANCE", "Paper: Binance's testnet"]];
const TESTNET = "BINANCE_TESTNET";

/** @param {{ form: import("../components/draft-fields.js").DraftForm, isLive: boolean }} props */
export function TraderExchange({ form, isLive }) {
  useEffect(() => void readConnections(), []);
  if (isLive) return html`<p class="panel-note">Trades at <strong>Binance, with real money</strong>. Switch live off on its card first to change that.</p>`;
  const lacks = form.values.exchange === "BINANCE" && connections.value?.find(({ broker_mode: mode }) => mode === TESTNET)?.state === "NONE";
  return html`
    <div>
      <${DraftChoice} form=${form} name="exchange" label="Trades at" options=${PLACES} />
      ${lacks && html`<p class="field-hint" role="status">Its testnet is not connected yet, and nothing is entered until it is: <a href=${address("settings")}>Settings</a>, More brokers.</p>`}
    </div>
  `;
}
