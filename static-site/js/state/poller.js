/**
 * When the page asks the server again: every 15 s in the session while it is visible; outside the
 * session when it comes into focus and every 30 minutes; while hidden never.
 */
import * as api from "../api.js";
import { effect, untracked } from "../lib/html.js";
import { isAccountOld, readAccount } from "./account.js";
import { readAlerts } from "./alerts.js";
import { hearTime, isMarketReadingOld, market, me, nextBoundary, waitUntil } from "./clock.js";
import { readDeskStatus } from "./desk-status.js";
import { isUnreachable, readPortfolio, rereadPortfolio } from "./portfolio.js";
import { sessionState } from "./session.js";
import { autoRefresh } from "./settings.js";

const IN_SESSION_MS = 15_000;
const OUTSIDE_MS = 30 * 60_000;
const ME_EVERY_MS = 60_000;
const LEARN_CLOCK_AFTER_MS = 10_000;
const SOONEST_MS = 1_000;
const FOCUS_AGAIN_MS = 3_000;
/** After an order leaves, its news is looked for at these distances. */
const FOLLOW_UP_MS = [1_500, 4_000, 9_000];

let timer = 0;
let lastPollMs = 0;
let lastMeMs = 0;
let learning = 0;
/** @type {number[]} */
let followUps = [];

/** Start asking; answers how to stop. */
export function startPolling() {
  lastMeMs = 0;
  void poll();
  learning = setTimeout(learnClock, LEARN_CLOCK_AFTER_MS);
  document.addEventListener("visibilitychange", onVisible);
  window.addEventListener("focus", onVisible);
  window.addEventListener("online", onVisible);
  const stopWatching = effect(() => {
    autoRefresh.value;
    untracked(schedule);
  });
  return () => {
    stopWatching();
    clearTimeout(timer);
    clearTimeout(learning);
    followUps.forEach(clearTimeout);
    document.removeEventListener("visibilitychange", onVisible);
    window.removeEventListener("focus", onVisible);
    window.removeEventListener("online", onVisible);
  };
}

/** Ask now, and again shortly: an action was taken whose outcome may follow. */
export function followUp() {
  void rereadPortfolio().then(() => readAccount({ atOnce: true }));
  followUps.forEach(clearTimeout);
  followUps = FOLLOW_UP_MS.map((ms) => setTimeout(() => document.hidden || readAndTell(), ms));
}

/** The account moves with every mark of the list, and by the broker's own word once a minute. */
async function readAndTell() {
  const hasChanged = await readPortfolio();
  if (hasChanged || isAccountOld()) void readAccount();
}

async function poll() {
  if (document.hidden || sessionState.value !== "signed-in") return;
  clearTimeout(timer);
  lastPollMs = Date.now();
  if (Date.now() - lastMeMs >= ME_EVERY_MS || isMarketReadingOld()) {
    lastMeMs = Date.now();
    void readAlerts();
    void readDeskStatus();
    await readMe();
  }
  await readAndTell();
  schedule();
}

export async function readMe() {
  try {
    me.value = await api.readMe();
    hearTime(me.value.market.now);
  } catch {
    lastMeMs = 0; // the list's own reading tells the user when the server is away
  }
}

/** A second reading of the clock tells how fast it runs; only needed while we wait for an opening. */
async function learnClock() {
  if (document.hidden || market.value?.open !== false || sessionState.value !== "signed-in") return;
  await readMe();
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if (document.hidden || !autoRefresh.value || sessionState.value !== "signed-in") return;
  timer = setTimeout(poll, waitMs());
}

function waitMs() {
  if (market.value === null || isUnreachable.value) return IN_SESSION_MS;
  const boundary = nextBoundary();
  const untilBoundary = boundary === null ? null : waitUntil(boundary);
  const usual = market.value.open ? IN_SESSION_MS : OUTSIDE_MS;
  return Math.max(SOONEST_MS, Math.min(usual, (untilBoundary ?? usual) + 500));
}

function onVisible() {
  if (document.hidden) {
    clearTimeout(timer);
  } else if (autoRefresh.value && Date.now() - lastPollMs > FOCUS_AGAIN_MS) {
    void poll();
  }
}
