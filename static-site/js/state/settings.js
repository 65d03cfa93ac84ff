/** The user's settings as last read, and what the page makes of them. */
import * as api from "../api.js";
import { computed, signal } from "../lib/html.js";
import { ApiProblem, sentence } from "../lib/problems.js";
import { isRealMoney } from "../lib/words.js";
import { me } from "./clock.js";
import { toast } from "./toasts.js";

export const settings = signal(/** @type {import("../shapes.js").Settings | null} */ (null));
export const settingsError = signal(/** @type {string | null} */ (null));

export const autoRefresh = computed(() => settings.value?.auto_refresh ?? true);

const mode = computed(() => settings.value?.broker_mode ?? me.value?.broker_mode ?? null);

/** A broker mode is chosen whose token is not stored: trades go to the built-in paper broker. */
export const fallsBackToPaper = computed(() => {
  const known = settings.value;
  if (known === null) return false;
  return (
    (known.broker_mode === "TRADIER_SANDBOX" && !known.tradier_sandbox_token.set) ||
    (known.broker_mode === "TRADIER_LIVE" && !known.tradier_live_token.set)
  );
});

/** Where an order placed now would go. */
export const effectiveMode = computed(() => (fallsBackToPaper.value ? "PAPER" : mode.value));
export const isLive = computed(() => isRealMoney(mode.value));

export async function readSettings() {
  try {
    settings.value = await api.readSettings();
    settingsError.value = null;
  } catch (error) {
    settingsError.value = sentence(error);
  }
}

/** Raises what the API raises, so that a form can show it at its fields. @param {Record<string, unknown>} changes */
export async function saveSettings(changes) {
  const version = settings.value?.version;
  try {
    settings.value = await api.writeSettings(version ? { ...changes, version } : changes, api.newKey());
  } catch (error) {
    if (error instanceof ApiProblem && error.word === "stale-version") await readSettings();
    throw error;
  }
}

/** Raises what the API raises. @param {{ enable: boolean, account_id?: string, confirm?: string, code?: string }} body */
export async function switchLive(body) {
  settings.value = await api.switchLive(body, api.newKey());
}

export async function toggleAutoRefresh() {
  const before = settings.value;
  if (before === null) return;
  const wanted = !autoRefresh.value;
  settings.value = { ...before, auto_refresh: wanted };
  try {
    settings.value = await api.writeSettings({ auto_refresh: wanted }, api.newKey());
  } catch (error) {
    settings.value = before;
    toast(sentence(error), "bad");
  }
}

export function forgetSettings() {
  settings.value = null;
  settingsError.value = null;
}
