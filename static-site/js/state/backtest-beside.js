/** What a strategy that was tested made outside of tests: on paper and live, all its trades that have ended. */
import * as api from "../api.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";

/** @typedef {import("../shapes-performance.js").Performance} Performance */
/** @typedef {{ mode: string, figures: Performance }} Beside */

const MODES = ["PAPER", "TRADIER_SANDBOX", "TRADIER_LIVE"];

export const beside = signal(/** @type {Beside[] | null} */ (null));
export const besideError = signal(/** @type {string | null} */ (null));
let isOf = "";

/** @param {string} strategy its name, as its trades carry it */
export async function readBeside(strategy) {
  if (isOf !== strategy) beside.value = null;
  isOf = strategy;
  try {
    const read = await Promise.all(MODES.map(async (mode) => ({ mode, answer: await api.readPerformance({ strategy, mode }, null) })));
    if (isOf !== strategy) return;
    batch(() => {
      beside.value = read.flatMap(({ mode, answer }) => (answer === null ? [] : [{ mode, figures: answer.figures }]));
      besideError.value = null;
    });
  } catch (error) {
    if (isOf === strategy) besideError.value = sentence(error);
  }
}

onForget(() => {
  isOf = "";
  beside.value = null;
  besideError.value = null;
});
