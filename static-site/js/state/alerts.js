/** Alerts: those still open are counted everywhere; the view may show all. */
import * as api from "../api.js";
import { computed, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { toast } from "./toasts.js";

export const openAlerts = signal(/** @type {import("../shapes.js").Alert[] | null} */ (null));
export const allAlerts = signal(/** @type {import("../shapes.js").Alert[] | null} */ (null));
export const alertsError = signal(/** @type {string | null} */ (null));
export const showsAll = signal(false);
export const openCount = computed(() => openAlerts.value?.length ?? 0);

/** @param {import("../shapes.js").Alert} alert */
export const isAnswered = (alert) => alert.acked_at !== null;

export async function readAlerts() {
  try {
    const answer = await api.readAlerts({ open: true });
    openAlerts.value = answer.items.filter((alert) => !isAnswered(alert));
    if (showsAll.value) allAlerts.value = (await api.readAlerts({})).items;
    alertsError.value = null;
  } catch (error) {
    alertsError.value = sentence(error);
  }
}

/** @param {boolean} all */
export function showAll(all) {
  showsAll.value = all;
  void readAlerts();
}

/** Say that an alert was seen; with `accept`, answer what it asks. @param {string} id @param {boolean} [accept] */
export async function acknowledge(id, accept) {
  try {
    await api.ackAlert(id, accept === undefined ? {} : { accept }, api.newKey());
    openAlerts.value = (openAlerts.value ?? []).filter((alert) => alert.id !== id);
  } catch (error) {
    toast(sentence(error), "bad");
  }
  await readAlerts();
}

export function forgetAlerts() {
  openAlerts.value = null;
  allAlerts.value = null;
  alertsError.value = null;
}
