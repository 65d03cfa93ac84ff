/**
 * One request to the API. Puts the access token on it, renews the token once after a 401, repeats a call whose
 * answer was lost when that is safe: a read, or a change that carries an idempotency key.
 */
import { ApiProblem, ConnectionLost, NotSent } from "./problems.js";

const TIMEOUT_MS = 25_000;
const REPEAT_AFTER_MS = 1_000;
const IN_PROGRESS_TRIES_MAX = 10;

/**
 * @typedef {object} Credentials
 * @property {() => string | null} token
 * @property {() => Promise<boolean>} renew gets a new access token; false when the user must sign in
 */

/**
 * @typedef {object} Call
 * @property {string} path
 * @property {string} [method]
 * @property {Record<string, string | number | boolean | null | undefined>} [query]
 * @property {unknown} [body] goes as JSON
 * @property {string} [csv] goes as it is, in place of a body
 * @property {string} [key] Idempotency-Key
 * @property {string | null} [etag]
 * @property {boolean} [signedIn] false: no token goes along, and a 401 is the caller's to read
 */

/** @typedef {{ status: number, etag: string | null, body: unknown }} Answer */

/** @type {Credentials} */
let credentials = { token: () => null, renew: async () => false };

/** @param {Credentials} given */
export function useCredentials(given) {
  credentials = given;
}

/** A key for one intention of the user; a repeat of the same intention sends the same one. */
export const newKey = () => crypto.randomUUID();

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {Call} call @returns {Promise<Answer>} */
export async function send(call) {
  const repeatable = (call.method ?? "GET") === "GET" || call.key !== undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendSignedIn(call, sendOnce);
    } catch (error) {
      if (error instanceof ConnectionLost && repeatable && attempt === 1 && navigator.onLine) {
        await pause(REPEAT_AFTER_MS);
      } else if (isInProgress(error) && attempt < IN_PROGRESS_TRIES_MAX) {
        await pause(1_000 * (error.retryAfterSeconds ?? 1));
      } else {
        throw error;
      }
    }
  }
}

/** @param {unknown} error @returns {error is ApiProblem} The first call with this key still runs. */
const isInProgress = (error) => error instanceof ApiProblem && error.word === "in-progress";

/**
 * A call whose answer is a file. A redirect to where a large file lies is followed; the browser takes the
 * access token off when that is another origin (Fetch standard, HTTP-redirect fetch).
 * @param {Call} call
 * @returns {Promise<{ file: Blob, name: string }>} the name empty where the answer does not tell it
 */
export const receiveFile = (call) => sendSignedIn(call, receiveOnce);

/** @template T @param {Call} call @param {(call: Call, token: string | null) => Promise<T>} once */
async function sendSignedIn(call, once) {
  const tokenSent = credentials.token();
  try {
    return await once(call, tokenSent);
  } catch (error) {
    const expired = error instanceof ApiProblem && error.status === 401 && call.signedIn !== false;
    if (!expired) throw error;
    const isNewer = credentials.token() !== tokenSent && credentials.token() !== null;
    if (!isNewer && !(await credentials.renew())) throw error;
    return once(call, credentials.token());
  }
}

/** @param {Call} call @param {string | null} token @returns {Promise<Answer>} */
async function sendOnce(call, token) {
  const response = await fetchOrLose(call, token);
  const etag = response.headers.get("ETag");
  if (response.status === 304 || response.status === 204) {
    return { status: response.status, etag, body: null };
  }
  const body = await readJson(response);
  if (!response.ok) throw new ApiProblem(response.status, body, retryAfter(response));
  return { status: response.status, etag, body };
}

/** @param {Call} call @param {string | null} token */
async function receiveOnce(call, token) {
  const response = await fetchOrLose(call, token);
  if (!response.ok) throw new ApiProblem(response.status, await readJson(response), retryAfter(response));
  const name = /filename="([^"/\\]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  try {
    return { file: await response.blob(), name: name ?? "" };
  } catch {
    throw new ConnectionLost();
  }
}

/** @param {Call} call @param {string | null} token */
async function fetchOrLose(call, token) {
  if (!navigator.onLine && (call.method ?? "GET") !== "GET") throw new NotSent();
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (token !== null && call.signedIn !== false) headers.Authorization = `Bearer ${token}`;
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  if (call.csv !== undefined) headers["Content-Type"] = "text/csv";
  if (call.key !== undefined) headers["Idempotency-Key"] = call.key;
  if (call.etag) headers["If-None-Match"] = call.etag;
  try {
    return await fetch(address(call), {
      method: call.method ?? "GET",
      headers,
      body: call.csv ?? (call.body === undefined ? undefined : JSON.stringify(call.body)),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new ConnectionLost();
  }
}

/** @param {Call} call */
function address({ path, query = {} }) {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(kept.map(([name, value]) => [name, String(value)]));
  return kept.length === 0 ? path : `${path}?${search}`;
}

/** @param {Response} response */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    if (response.ok) throw new ConnectionLost();
    return null;
  }
}

/** @param {Response} response @returns {number | null} seconds */
function retryAfter(response) {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 1), 60);
}
