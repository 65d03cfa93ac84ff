/** Alerts: those still open are counted everywhere; the view may show all, page by page. */
import * as api from "../api.js";
import { batch, computed, signal } from "../lib/html.js";
import { ApiProblem, sentence } from "../lib/problems.js";
import { rereadPortfolio } from "./portfolio.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes.js").Alert} Alert */

const PAGES_MAX = 10;

export const openAlerts = signal(/** @type {Alert[] | null} */ (null));
export const allAlerts = signal(/** @type {Alert[] | null} */ (null));
export const hasOlderAlerts = signal(false);
export const alertsError = signal(/** @type {string | null} */ (null));
export const showsAll = signal(false);
/** Alerts whose acknowledgement is under way. */
export const busyAlerts = signal(/** @type {ReadonlySet<string>} */ (new Set()));
/** How many need their owner; what is only to be known, such as a day's summary, does not. */
export const openCount = computed(() => (openAlerts.value ?? []).filter(needsOwner).length);

/** @type {string | null} */
let cursor = null;

/** @param {Alert} alert */
export const needsOwner = (alert) => alert.severity !== "info" || alert.question !== null;

/** @param {Alert} alert */
export const isAnswered = (alert) => alert.acked_at !== null;

export async function readAlerts() {
  try {
    const open = await readOpen();
    const all = showsAll.value ? await api.readAlerts({}) : null;
    batch(() => {
      openAlerts.value = open;
      if (all !== null) takeAll(all.items, all.next_cursor);
      alertsError.value = null;
    });
  } catch (error) {
    alertsError.value = sentence(error);
  }
}

/** All that are open, a bounded number of pages. */
async function readOpen() {
  /** @type {Alert[]} */
  const found = [];
  let from = /** @type {string | null} */ (null);
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await api.readAlerts({ open: true, cursor: from });
    found.push(...answer.items.filter((alert) => !isAnswered(alert)));
    from = answer.next_cursor;
    if (from === null) break;
  }
  return found;
}

export async function readOlderAlerts() {
  try {
    const answer = await api.readAlerts({ cursor });
    batch(() => takeAll([...(allAlerts.value ?? []), ...answer.items], answer.next_cursor));
  } catch (error) {
    alertsError.value = sentence(error);
  }
}

/** @param {Alert[]} alerts @param {string | null} next */
function takeAll(alerts, next) {
  allAlerts.value = alerts;
  cursor = next;
  hasOlderAlerts.value = next !== null;
}

/** @param {boolean} all */
export function showAll(all) {
  showsAll.value = all;
  void readAlerts();
}

/** Say that an alert was seen; with `accept`, answer what it asks, with a price per share if it asks for one. @param {Alert} alert @param {boolean} [accept] @param {number} [price] */
export async function acknowledge(alert, accept, price) {
  setBusy(alert.id, true);
  try {
    await api.ackAlert(alert.id, accept === undefined ? {} : price === undefined ? { accept } : { accept, price }, api.newKey());
    openAlerts.value = (openAlerts.value ?? []).filter((each) => each.id !== alert.id);
    if (accept !== undefined) void rereadPortfolio(); // an answer may end trades
  } catch (error) {
    const isAnsweredElsewhere = error instanceof ApiProblem && error.status === 422;
    toast(isAnsweredElsewhere ? "This alert was answered on another device" : sentence(error), isAnsweredElsewhere ? "plain" : "bad");
  } finally {
    setBusy(alert.id, false);
  }
  await readAlerts();
}

/** One after the other; the first refusal ends it. */
export async function acknowledgeAll() {
  for (const alert of (openAlerts.value ?? []).filter((each) => each.question === null)) {
    setBusy(alert.id, true);
    try {
      await api.ackAlert(alert.id, {}, api.newKey());
    } catch (error) {
      toast(sentence(error), "bad");
      break;
    } finally {
      setBusy(alert.id, false);
    }
  }
  await readAlerts();
}

/** @param {string} id @param {boolean} busy */
function setBusy(id, busy) {
  const next = new Set(busyAlerts.value);
  if (busy) next.add(id);
  else next.delete(id);
  busyAlerts.value = next;
}

export function forgetAlerts() {
  cursor = null;
  batch(() => {
    openAlerts.value = null;
    allAlerts.value = null;
    hasOlderAlerts.value = false;
    alertsError.value = null;
    showsAll.value = false;
    busyAlerts.value = new Set();
  });
}
