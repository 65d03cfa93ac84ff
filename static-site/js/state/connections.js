/** The brokers: which are connected, until when, and what each asks for. */
import * as api from "../api-connections.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { instead } from "./route.js";
import { readSettings } from "./settings.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes-connections.js").Connection} Connection */

/** The one broker that lets programs in by a browser alone. */
const IN_BROWSER = "schwab";

export const connections = signal(/** @type {Connection[] | null} */ (null));
export const connectionsError = signal(/** @type {string | null} */ (null));

export async function readConnections() {
  try {
    connections.value = (await api.readConnections()).items;
    connectionsError.value = null;
  } catch (error) {
    connectionsError.value = sentence(error);
  }
}

/** What connecting changes: the settings have another version, and may name another broker. */
const readAnew = () => Promise.all([readConnections(), readSettings()]);

/** Raises what the API raises, so that a form can show it at its fields. @param {Connection} one @param {Record<string, string>} credentials @param {string} account */
export async function connect({ broker, environment }, credentials, account) {
  await api.connectBroker(broker, { environment, credentials, ...(account.trim() === "" ? {} : { account_id: account.trim() }) });
  await readAnew();
}

/** Raises what the API raises. @param {Connection} one */
export async function disconnect({ broker, environment }) {
  await api.disconnectBroker(broker, environment);
  await readAnew();
}

/** Real money, on or off; raises what the API raises. Where US instruments go may follow. @param {Connection} one @param {{ enable: boolean, confirm?: string, code?: string }} body */
export async function switchLiveThere({ broker }, body) {
  await api.switchBrokerLive(broker, body);
  await readAnew();
}

/** Leave for the broker's own page, on which its user lets this program in. @param {Connection} one */
export async function signInThere({ broker }) {
  location.assign((await api.authorizeBroker(broker)).url);
}

/** Take what a broker's page sent its user back with, once somebody is signed in, and out of the address. */
export async function comeBack() {
  const query = new URLSearchParams(location.search);
  const code = query.get("code");
  const state = query.get("state");
  if (code === null || state === null) return;
  instead("settings");
  try {
    const one = await api.comeBackFromBroker(IN_BROWSER, { code, state });
    toast(`Signed in at the broker, account ${one.account_id}`);
  } catch (error) {
    toast(sentence(error), "bad");
  }
  await readAnew();
}

onForget(() =>
  batch(() => {
    connections.value = null;
    connectionsError.value = null;
  }),
);
