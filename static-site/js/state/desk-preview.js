/** What the desk would do right now by what stands in the builder: judged a moment after the last key, and again while the market moves. */
import * as api from "../api-desk.js";
import { batch, signal } from "../lib/html.js";
import { ApiProblem, fieldErrors, sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { whileLookedAt } from "./looked-at.js";
import { isOnline } from "./tick.js";

const AFTER_MS = 700;
const AGAIN_MS = 30_000;

/** @typedef {import("../shapes-desk-preview.js").StrategyPreview} StrategyPreview */

/** The last answer; it stays while the next is worked out. */
export const strategyPreview = signal(/** @type {StrategyPreview | null} */ (null));
export const isJudging = signal(false);
/** Why there is none for what is typed: faults by field, or a sentence. */
export const previewFaults = signal(/** @type {Record<string, string>} */ ({}));
export const previewError = signal(/** @type {string | null} */ (null));

let asked = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;
/** @type {object | null} */
let body = null;

/** @param {object} typed the body of the call */
export function judgeSoon(typed) {
  body = typed;
  clearTimeout(soon);
  soon = setTimeout(() => void judge(), AFTER_MS);
}

export async function judge() {
  if (body === null || !isOnline.value) return;
  asked += 1;
  const mine = asked;
  isJudging.value = true;
  try {
    const found = await api.previewStrategy(body);
    if (mine === asked) take(found, {}, null);
  } catch (error) {
    if (mine !== asked) return;
    const faults = error instanceof ApiProblem ? fieldErrors(error) : {};
    const isOfFields = Object.keys(faults).length > 0;
    take(isOfFields ? null : strategyPreview.value, faults, isOfFields ? null : sentence(error));
  }
}

/** @param {StrategyPreview | null} found @param {Record<string, string>} faults @param {string | null} error */
const take = (found, faults, error) =>
  batch(() => {
    strategyPreview.value = found;
    previewFaults.value = faults;
    previewError.value = error;
    isJudging.value = false;
  });

/** Start judging anew while the builder is open; answers how to stop. */
export function keepJudging() {
  const stop = whileLookedAt(AGAIN_MS, () => {
    if (!isJudging.value) void judge();
  });
  return () => {
    stop();
    forgetPreview();
  };
}

function forgetPreview() {
  asked += 1;
  clearTimeout(soon);
  body = null;
  take(null, {}, null);
}

onForget(forgetPreview);
