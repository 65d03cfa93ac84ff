/** Paper beside live over the last days, as it was read last. */
import { readShadows as read } from "../api-backtests.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";

/** @typedef {import("../shapes-backtests.js").ShadowReport} ShadowReport */

export const shadows = signal(/** @type {ShadowReport | null} */ (null));
export const shadowsError = signal(/** @type {string | null} */ (null));
let reading = 0;

/** @param {number} days */
export async function readShadows(days) {
  reading += 1;
  const mine = reading;
  try {
    const report = await read(days);
    if (mine !== reading) return;
    batch(() => {
      shadows.value = report;
      shadowsError.value = null;
    });
  } catch (error) {
    if (mine === reading) shadowsError.value = sentence(error);
  }
}

onForget(() => {
  reading += 1;
  batch(() => {
    shadows.value = null;
    shadowsError.value = null;
  });
});
