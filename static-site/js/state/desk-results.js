/** How the desk's trades ended, all together and by strategy, of the mode in use. */
import * as api from "../api.js";
import { signal } from "../lib/html.js";
import { onForget } from "./forget.js";
import { effectiveMode } from "./settings.js";

/** @typedef {import("../shapes-performance.js").Performance} Performance */
export const deskResults = signal(/** @type {Performance | null} */ (null));

export async function readDeskResults() {
  if (effectiveMode.value === null) return;
  try {
    const answer = await api.readPerformance({ mode: effectiveMode.value, originator: "DESK" }, null);
    if (answer !== null) deskResults.value = answer.figures;
  } catch {
    // figures beside the desk's own: what was read before stands, and dashes where nothing was
  }
}

/** @param {string} name of a strategy, as its trades carry it */
export const resultOf = (name) => deskResults.value?.by.strategy.find(({ key }) => key === name) ?? null;

onForget(() => {
  deskResults.value = null;
});
