/** The calls on connections to brokers. */
import { BASE, newKey, read, safe } from "./api.js";
import { send } from "./lib/http.js";
import { brokerPage, connection } from "./shapes-connections.js";
import { items } from "./shapes.js";

export const readConnections = () => read({ path: `${BASE}/connections` }, items(connection));

/** Credentials are tried at their broker before they are kept. @param {string} broker @param {{ environment: string, credentials: Record<string, string>, account_id?: string }} body */
export const connectBroker = (broker, body) => read({ path: `${BASE}/connections/${safe(broker)}`, method: "PUT", body, key: newKey() }, connection);

/** @param {string} broker @param {string} environment */
export const disconnectBroker = (broker, environment) => send({ path: `${BASE}/connections/${safe(broker)}`, method: "DELETE", query: { environment }, key: newKey() });

/** On needs the account's number and a fresh code. @param {string} broker @param {{ enable: boolean, confirm?: string, code?: string }} body */
export const switchBrokerLive = (broker, body) => read({ path: `${BASE}/connections/${safe(broker)}/live`, method: "POST", body, key: newKey() }, connection);

/** Where the broker's own page is, on which its user lets this program in. @param {string} broker */
export const authorizeBroker = (broker) => read({ path: `${BASE}/connections/${safe(broker)}/authorize`, method: "POST", key: newKey() }, brokerPage);

/** What that page sent its user back with, good once and for seconds. @param {string} broker @param {{ code: string, state: string }} query */
export const comeBackFromBroker = (broker, query) => read({ path: `${BASE}/connections/${safe(broker)}/callback`, query }, connection);
