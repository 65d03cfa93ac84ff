/** Books against brokers: what a look would take up, what the last one came to. */
import * as api from "../api-desk.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { serverNow } from "./clock.js";
import { onForget } from "./forget.js";

/** @typedef {import("../shapes-desk-controls.js").Reconciled} Reconciled */

/** What would be taken up, by what is stored. */
export const outlook = signal(/** @type {Reconciled[] | null} */ (null));
export const outlookError = signal(/** @type {string | null} */ (null));
/** What the look that was asked for here came to. */
export const looked = signal(/** @type {{ at: number, results: Reconciled[] } | null} */ (null));
export const isLooking = signal(false);

export async function readOutlook() {
  try {
    outlook.value = (await api.readReconciliation()).results;
    outlookError.value = null;
  } catch (error) {
    outlookError.value = sentence(error);
  }
}

export async function lookNow() {
  isLooking.value = true;
  try {
    const { results } = await api.reconcile();
    looked.value = { at: serverNow(), results };
    outlookError.value = null;
    await readOutlook();
  } catch (error) {
    outlookError.value = sentence(error);
  } finally {
    isLooking.value = false;
  }
}

onForget(() =>
  batch(() => {
    outlook.value = null;
    outlookError.value = null;
    looked.value = null;
    isLooking.value = false;
  }),
);
