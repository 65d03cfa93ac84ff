/** The limits over all strategies. */
import * as api from "../api-desk.js";
import { signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";

/** @typedef {import("../shapes-desk-more.js").DeskSettings} DeskSettings */
export const deskLimits = signal(/** @type {DeskSettings | null} */ (null));
export const deskLimitsError = signal(/** @type {string | null} */ (null));

export async function readDeskLimits() {
  try {
    deskLimits.value = await api.readDeskSettings();
    deskLimitsError.value = null;
  } catch (error) {
    deskLimitsError.value = sentence(error);
  }
}

/** @param {Record<string, number | null>} changes Raises ApiProblem for the form. */
export async function saveDeskLimits(changes) {
  deskLimits.value = await api.writeDeskSettings({ ...changes, version: deskLimits.value?.version });
}

onForget(() => {
  deskLimits.value = null;
  deskLimitsError.value = null;
});
