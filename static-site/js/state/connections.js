/** The brokers: which are connected, until when, and what each asks for. */
import * as api from "../api-connections.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";

/** @typedef {import("../shapes-connections.js").Connection} Connection */

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

/** Raises what the API raises, so that a form can show it at its fields. @param {Connection} one @param {Record<string, string>} credentials @param {string} account */
export async function connect({ broker, environment }, credentials, account) {
  await api.connectBroker(broker, { environment, credentials, ...(account.trim() === "" ? {} : { account_id: account.trim() }) });
  await readConnections();
}

/** Raises what the API raises. @param {Connection} one */
export async function disconnect({ broker, environment }) {
  await api.disconnectBroker(broker, environment);
  await readConnections();
}

onForget(() =>
  batch(() => {
    connections.value = null;
    connectionsError.value = null;
  }),
);
