/** The calls of a trader's performance and of its replays. */
import { BASE, newKey, read, safe } from "./api.js";
import { receiveFile, send } from "./lib/http.js";
import { aiPerformance, replay } from "./shapes-ai-performance.js";

/** Null when nothing changed since the ETag. @param {Record<string, string | null>} query @param {string | null} etag */
export async function readAiPerformance(query, etag) {
  const answer = await send({ path: `${BASE}/ai/performance`, query, etag });
  return answer.status === 304 ? null : { figures: aiPerformance(answer.body, "answer"), etag: answer.etag };
}

/** Tax lots, first in first out. @param {Record<string, string | null>} query */
export const exportLots = (query) => receiveFile({ path: `${BASE}/ai/performance`, query: { ...query, format: "csv" } });

/** @param {object} body */
export const askReplay = (body) => read({ path: `${BASE}/ai/replays`, method: "POST", body, key: newKey() }, replay);

/** @param {string} id */
export const readReplay = (id) => read({ path: `${BASE}/ai/replays/${safe(id)}` }, replay);
