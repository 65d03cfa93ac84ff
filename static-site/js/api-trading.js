/** The calls of the trading view. */
import { BASE, newKey, read, safe } from "./api.js";
import { items, page, trade } from "./shapes.js";
import { aiAccount, closedAll, decision, decisionDetail, entriesSwitch, signalShape, trader, triedTrader, webhookSecret } from "./shapes-trading.js";

const TRADERS_MAX = 200;
const DECISIONS_A_PAGE = 30;
const CLOSED_A_PAGE = 50;
const SIGNALS_A_PAGE = 200;

/** @param {string} path @param {object} body @param {import("./lib/check.js").Check<any>} check */
const post = (path, body, check) => read({ path: `${BASE}/${path}`, method: "POST", body, key: newKey() }, check);

export const readTraders = () => read({ path: `${BASE}/traders`, query: { limit: TRADERS_MAX } }, page(trader));

/** @param {object} body @returns {Promise<import("./shapes-trading.js").Trader>} */
export const makeTrader = (body) => post("traders", body, trader);

/** @param {string} id @param {object} body with the version that was seen */
export const putTrader = (id, body) => read({ path: `${BASE}/traders/${safe(id)}`, method: "PUT", body, key: newKey() }, trader);

/** Refused while positions are open. @param {string} id @param {number} version */
export const deleteTrader = (id, version) => read({ path: `${BASE}/traders/${safe(id)}`, method: "DELETE", query: { version }, key: newKey() }, (value) => value);

/** @param {string} id @returns {Promise<import("./shapes-trading.js").Trader>} */
export const pauseTrader = (id) => post(`traders/${safe(id)}/pause`, {}, trader);

/** The trader itself, or one pair that was closed by hand. @param {string} id @param {string | null} [symbol] @returns {Promise<import("./shapes-trading.js").Trader>} */
export const resumeTrader = (id, symbol = null) => post(`traders/${safe(id)}/resume`, symbol === null ? {} : { symbol }, trader);

/** What it would do now: nothing is done. @param {string} id @returns {Promise<import("./shapes-trading.js").TriedTrader>} */
export const tryTrader = (id) => post(`traders/${safe(id)}/test`, {}, triedTrader);

/** How many trades still have something open or resting. @param {string} id @returns {Promise<{ left: number }>} */
export const closeAllOf = (id) => post(`traders/${safe(id)}/close-all`, {}, closedAll);

/** @param {{ trader?: string | null, trade?: string | null, outcome?: string | null, cursor?: string | null }} query */
export const readDecisions = (query) => read({ path: `${BASE}/decisions`, query: { ...query, limit: DECISIONS_A_PAGE } }, page(decision));

/** @param {string} id */
export const readDecision = (id) => read({ path: `${BASE}/decisions/${safe(id)}` }, decisionDetail);

/** @param {string} id @param {object} body @returns {Promise<import("./shapes-trading.js").Decision>} */
export const approveDecision = (id, body) => post(`decisions/${safe(id)}/approve`, body, decision);

/** @param {string} id @param {object} body @returns {Promise<import("./shapes-trading.js").Decision>} */
export const rejectDecision = (id, body) => post(`decisions/${safe(id)}/reject`, body, decision);

/** @param {string} tradeId @param {string} changeId @param {"veto" | "apply"} word @param {number} version @returns {Promise<import("./shapes.js").Trade>} */
export const answerChange = (tradeId, changeId, word, version) => post(`trades/${safe(tradeId)}/changes/${safe(changeId)}/${word}`, { version }, trade);

/** @param {string} tradeId @param {boolean} paused @param {number} version @returns {Promise<import("./shapes.js").Trade>} */
export const pauseAi = (tradeId, paused, version) => post(`trades/${safe(tradeId)}/ai`, { paused, version }, trade);

/** @param {"paper" | "testnet" | "live"} mode */
export const readAiAccount = (mode) => read({ path: `${BASE}/ai/account`, query: { mode } }, aiAccount);

/** What its webhooks are signed with, made anew. @param {string} id @returns {Promise<{ secret: string }>} */
export const renewSecret = (id) => post(`traders/${safe(id)}/secret`, {}, webhookSecret);

export const readEntries = () => read({ path: `${BASE}/ai/entries` }, entriesSwitch);

/** What started decisions, newest first. @param {string} trader */
export const readSignals = (trader) => read({ path: `${BASE}/signals`, query: { trader, limit: SIGNALS_A_PAGE } }, page(signalShape));

/** Trades of traders that have ended, newest first. @param {string | null} cursor */
export const readClosed = (cursor) =>
  read({ path: `${BASE}/trades`, query: { originator: "AI", status: "CLOSED,EXPIRED", limit: CLOSED_A_PAGE, cursor } }, page(trade));

/** To switch on all of what live needs is asked for. @param {string} id @param {{ enable: boolean, confirm?: string, disclaimer?: boolean, lift_cap?: boolean }} body @returns {Promise<import("./shapes-trading.js").Trader>} */
export const switchTraderLive = (id, body) => post(`traders/${safe(id)}/live`, body, trader);

/** Prices of a position over its last hours, for a small line. @param {string} tradeId */
export const readSpark = (tradeId) =>
  read({ path: `${BASE}/trades/${safe(tradeId)}/snapshots`, query: { points: 60 } }, items(sparkPoint));

/** @type {import("./lib/check.js").Check<{ at: string, price: number | null }>} */
function sparkPoint(value) {
  const { timestamp, mark_price: price } = /** @type {any} */ (value);
  return { at: String(timestamp), price: typeof price === "number" ? price : null };
}
