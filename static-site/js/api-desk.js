/** The calls of the desk's view. */
import { BASE, newKey, read, safe } from "./api.js";
import { send } from "./lib/http.js";
import { items, page } from "./shapes.js";
import { reconciliation } from "./shapes-desk-controls.js";
import { strategyPreview } from "./shapes-desk-preview.js";
import { botSwitch, deskSettings, disabledStrategy, evaluation, gateCount, killSwitch, strategy } from "./shapes-desk-more.js";

const STRATEGIES_MAX = 200;
const EVALUATIONS_A_PAGE = 20;
/** The counts are told for so many days. */
export const GATE_DAYS = 30;

export const readStrategies = () => read({ path: `${BASE}/strategies`, query: { limit: STRATEGIES_MAX } }, page(strategy));

/** @param {object} body */
export const makeStrategy = (body) => read({ path: `${BASE}/strategies`, method: "POST", body, key: newKey() }, strategy);

/** Judged as a scan would now; nothing is stored. @param {object} body */
export const previewStrategy = (body) => read({ path: `${BASE}/strategies/preview`, method: "POST", body }, strategyPreview);

/** @param {string} id @param {object} body with the version that was seen */
export const putStrategy = (id, body) => read({ path: `${BASE}/strategies/${safe(id)}`, method: "PUT", body, key: newKey() }, strategy);

/** @param {string} id @param {number} version @returns {Promise<string | null>} why it was only disabled, else null */
export async function deleteStrategy(id, version) {
  const answer = await send({ path: `${BASE}/strategies/${safe(id)}`, method: "DELETE", query: { version }, key: newKey() });
  return answer.status === 204 ? null : disabledStrategy(answer.body, "answer").detail;
}

/** @param {{ strategy?: string | null, decision?: string | null, cursor?: string | null }} query */
export const readEvaluations = (query) =>
  read({ path: `${BASE}/evaluations`, query: { ...query, limit: EVALUATIONS_A_PAGE } }, page(evaluation));

/** @param {string} id */
export const readEvaluation = (id) => read({ path: `${BASE}/evaluations/${safe(id)}` }, evaluation);

export const readGates = () => read({ path: `${BASE}/evaluations/gates`, query: { days: GATE_DAYS } }, items(gateCount));

/** @param {boolean} on */
export const switchBot = (on) => read({ path: `${BASE}/bot/${on ? "on" : "off"}`, method: "POST", body: {}, key: newKey() }, botSwitch);

export const readKillSwitch = () => read({ path: `${BASE}/kill-switch` }, killSwitch);

/** @param {"safe-mode" | "hard-stop" | "reset"} how @param {{ reason: string, confirm?: string }} body */
export const setKillSwitch = (how, body) => read({ path: `${BASE}/kill-switch/${how}`, method: "POST", body, key: newKey() }, killSwitch);

export const readReconciliation = () => read({ path: `${BASE}/reconcile` }, reconciliation);

export const reconcile = () => read({ path: `${BASE}/reconcile`, method: "POST", body: {}, key: newKey() }, reconciliation);

export const readDeskSettings = () => read({ path: `${BASE}/desk/settings` }, deskSettings);

/** @param {object} body */
export const writeDeskSettings = (body) => read({ path: `${BASE}/desk/settings`, method: "PUT", body, key: newKey() }, deskSettings);
