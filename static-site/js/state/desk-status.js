/** How the desk stands, for every view: its bot, what stops entries, how old its data are. Read with the page's own poll. */
import * as api from "../api.js";
import { computed, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { systems } from "./systems.js";

/** @typedef {import("../shapes-desk.js").DeskStatus} DeskStatus */
/** @type {import("../../vendor/signals.js").Signal<DeskStatus | null>} */
export const deskStatus = signal(null);
export const deskStatusError = signal(/** @type {string | null} */ (null));

/** What stops entries, the strongest first; empty: nothing. */
export const stops = computed(() => deskStatus.value?.kill_switch.rows ?? []);

/** @param {{ isLookedAt?: boolean }} [how] `isLookedAt`: by whoever came by a link while the desk is off */
export async function readDeskStatus({ isLookedAt = false } = {}) {
  if (!isLookedAt && !systems.value.desk && !systems.value.trading) return;
  try {
    deskStatus.value = await api.readDeskStatus();
    deskStatusError.value = null;
  } catch (error) {
    deskStatusError.value = sentence(error);
  }
}

export function forgetDeskStatus() {
  deskStatus.value = null;
  deskStatusError.value = null;
}
