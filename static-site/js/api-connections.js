/** The calls on connections to brokers. */
import { BASE, newKey, read, safe } from "./api.js";
import { send } from "./lib/http.js";
import { connection } from "./shapes-connections.js";
import { items } from "./shapes.js";

export const readConnections = () => read({ path: `${BASE}/connections` }, items(connection));

/** Credentials are tried at their broker before they are kept. @param {string} broker @param {{ environment: string, credentials: Record<string, string>, account_id?: string }} body */
export const connectBroker = (broker, body) => read({ path: `${BASE}/connections/${safe(broker)}`, method: "PUT", body, key: newKey() }, connection);

/** @param {string} broker @param {string} environment */
export const disconnectBroker = (broker, environment) => send({ path: `${BASE}/connections/${safe(broker)}`, method: "DELETE", query: { environment }, key: newKey() });
