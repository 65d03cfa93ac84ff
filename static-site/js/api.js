/** The calls of the API. This module alone knows URLs, and checks every answer before anyone sees it. */
import { anything, list, shape, text } from "./lib/check.js";
import { receiveFile, send } from "./lib/http.js";
import { account } from "./shapes-account.js";
import { performance } from "./shapes-performance.js";
import { importReport, pastImport } from "./shapes-import.js";
import * as shapes from "./shapes.js";
import { deskStatus } from "./shapes-desk.js";
import { newFactor, newPersonalToken, personalToken } from "./shapes-tokens.js";

export { newKey, useCredentials } from "./lib/http.js";

export const BASE = "/api";
const SNAPSHOT_POINTS = 400;

/** @param {string} part */
export const safe = (part) => encodeURIComponent(part);
/** @param {string} id */
const tradePath = (id) => `${BASE}/trades/${safe(id)}`;

/**
 * @template T
 * @param {import("./lib/http.js").Call} call
 * @param {import("./lib/check.js").Check<T>} check
 * @returns {Promise<T>}
 */
export const read = async (call, check) => check((await send(call)).body, "answer");

// --- session ---------------------------------------------------------------------------------------------

/** @param {{ username: string, password: string, code?: string }} body */
export const signIn = (body) =>
  read({ path: `${BASE}/session`, method: "POST", body, signedIn: false }, shapes.granted);

export const renewSession = () =>
  read({ path: `${BASE}/session/refresh`, method: "POST", signedIn: false }, shapes.granted);

export const signOut = () => send({ path: `${BASE}/session`, method: "DELETE" });

export const readMe = () => read({ path: `${BASE}/me` }, shapes.me);

// --- trades ----------------------------------------------------------------------------------------------

const tradePage = shapes.page(shapes.trade);

/**
 * The trades that have not ended; null when nothing changed since the ETag.
 * @param {{ etag?: string | null, cursor?: string | null }} [from]
 */
export async function readOpenTrades({ etag = null, cursor = null } = {}) {
  const answer = await send({ path: `${BASE}/trades`, query: { status: "OPEN", limit: 200, cursor }, etag });
  if (answer.status === 304) return null;
  return { ...tradePage(answer.body, "answer"), etag: answer.etag };
}

/** @param {Record<string, string | number | null>} query */
export const readHistory = (query) => read({ path: `${BASE}/trades/history`, query }, shapes.historyPage);

/** @param {string} id */
export const readTrade = (id) => read({ path: tradePath(id) }, shapes.trade);

/** @param {string} id */
export const readSnapshots = (id) =>
  read({ path: `${tradePath(id)}/snapshots`, query: { points: SNAPSHOT_POINTS } }, shapes.items(shapes.snapshot));

/** @param {string} id */
export const readTransitions = (id) =>
  read({ path: `${tradePath(id)}/transitions` }, shapes.items(shapes.transition));

/** @param {string} id */
export const readChanges = (id) => read({ path: `${tradePath(id)}/changes` }, shapes.items(shapes.change));

/** @param {object} body @param {string} key */
export const placeTrade = (body, key) =>
  read({ path: `${BASE}/trades`, method: "POST", body, key }, shapes.trade);

/** @param {object} body */
export const previewTrade = (body) =>
  read({ path: `${BASE}/trades/preview`, method: "POST", body }, shapes.preview);

/**
 * @param {"close" | "adjust" | "cancel"} verb
 * @param {string} id
 * @param {{ version: number, new_sl?: number | null, new_tp?: number | null, qty?: number, limit_price?: number, targets?: { price: number, share: number }[] }} body
 * @param {string} key
 */
export const changeTrade = (verb, id, body, key) =>
  read({ path: `${tradePath(id)}/${verb}`, method: "POST", body, key }, shapes.trade);

/** @param {string} id @param {{ version: number, trade_context: object }} body replaces notes and tags @param {string} key */
export const noteTrade = (id, body, key) =>
  read({ path: tradePath(id), method: "PATCH", body, key }, shapes.trade);

/** @param {string} key */
export const refreshAll = (key) => send({ path: `${BASE}/refresh`, method: "POST", body: {}, key });

// --- account, alerts -------------------------------------------------------------------------------------

/** The account, with all that is held and its sums. */
export const readAccount = () => read({ path: `${BASE}/account`, query: { positions: true } }, account);

/** @param {{ open?: boolean, cursor?: string | null }} query */
export const readAlerts = (query) => read({ path: `${BASE}/alerts`, query }, shapes.page(shapes.alert));

/** @param {string} id @param {{ accept?: boolean, price?: number }} body @param {string} key */
export const ackAlert = (id, body, key) =>
  send({ path: `${BASE}/alerts/${safe(id)}/ack`, method: "POST", body, key });

// --- further systems: what every view needs of them ----------------------------------------------------

const anyItems = shape({ items: list(anything) });

/** Whether this user has one. @param {"strategies" | "traders"} what */
export const hasAny = async (what) => (await read({ path: `${BASE}/${what}`, query: { limit: 1 } }, anyItems)).items.length > 0;

export const readDeskStatus = () => read({ path: `${BASE}/status` }, deskStatus);

// --- market ----------------------------------------------------------------------------------------------

/** @param {string} symbols */
export const readQuotes = (symbols) =>
  read({ path: `${BASE}/market/quotes`, query: { symbols } }, shapes.items(shapes.quote));

/** @param {string} symbol */
export const readExpirations = (symbol) =>
  read({ path: `${BASE}/market/expirations`, query: { symbol } }, shape({ items: list(text) }));

/** @param {string} symbol @param {string} expiry */
export const readChain = (symbol, expiry) =>
  read({ path: `${BASE}/market/chain`, query: { symbol, expiry } }, shapes.chain);

// --- settings --------------------------------------------------------------------------------------------

export const readSettings = () => read({ path: `${BASE}/settings` }, shapes.settings);

/** @param {Record<string, unknown>} body @param {string} key */
export const writeSettings = (body, key) =>
  read({ path: `${BASE}/settings`, method: "PUT", body, key }, shapes.settings);

/** @param {{ mode?: string }} body @param {string} key */
export const testConnection = (body, key) =>
  read({ path: `${BASE}/settings/test-connection`, method: "POST", body, key }, shapes.connection);

/** @param {{ enable: boolean, account_id?: string, confirm?: string, code?: string }} body @param {string} key */
export const switchLive = (body, key) =>
  read({ path: `${BASE}/settings/live`, method: "POST", body, key }, shapes.settings);

// --- the owner's own sign-in ------------------------------------------------------------------------------

/** @param {{ password: string }} body */
export const beginSecondFactor = (body) =>
  read({ path: `${BASE}/me/second-factor`, method: "POST", body }, newFactor);

/** @param {{ code: string }} body */
export const confirmSecondFactor = (body) =>
  send({ path: `${BASE}/me/second-factor/confirm`, method: "POST", body });

/** @param {{ password: string, code: string }} body */
export const removeSecondFactor = (body) => send({ path: `${BASE}/me/second-factor`, method: "DELETE", body });

/** @param {{ password: string, new_password: string, code?: string }} body */
export const changePassword = (body) => send({ path: `${BASE}/me/password`, method: "POST", body });

// --- personal access tokens ------------------------------------------------------------------------------

/** @param {string | null} cursor */
export const readTokens = (cursor) =>
  read({ path: `${BASE}/tokens`, query: { cursor } }, shapes.page(personalToken));

/** @param {{ name: string, scope: string, expires_at: string | null }} body @param {string} key */
export const createToken = (body, key) =>
  read({ path: `${BASE}/tokens`, method: "POST", body, key }, newPersonalToken);

/** @param {string} id @param {string} key */
export const deleteToken = (id, key) => send({ path: `${BASE}/tokens/${safe(id)}`, method: "DELETE", key });

// --- reports ---------------------------------------------------------------------------------------------

/**
 * What the ended trades amount to; null when nothing changed since the ETag.
 * @param {Record<string, string | null>} query @param {string | null} etag
 */
export async function readPerformance(query, etag) {
  const answer = await send({ path: `${BASE}/performance`, query, etag });
  if (answer.status === 304) return null;
  return { figures: performance(answer.body, "answer"), etag: answer.etag };
}

/** @param {Record<string, string | null>} query */
export const exportTrades = (query) => receiveFile({ path: `${BASE}/trades/export`, query });

/** What was imported when, newest first. */
export const readImports = () => read({ path: `${BASE}/trades/imports` }, shapes.page(pastImport));

/** Take back what one file brought, as a whole. @param {string} id */
export const undoImport = (id) => send({ path: `${BASE}/trades/imports/${id}`, method: "DELETE" });

/** @param {string} csv @param {boolean} dryRun @param {string} key */
export const importTrades = (csv, dryRun, key) =>
  read({ path: `${BASE}/trades/import`, method: "POST", query: { dry_run: dryRun }, csv, key }, importReport);
