/**
 * Which open trades have an adjustment waiting. The list does not carry changes, so they are read once for each
 * version of a trade: a version rises when a request comes or goes.
 */
import * as api from "../api.js";
import { effect, signal, untracked } from "../lib/html.js";
import { openTrades } from "./portfolio.js";

/** A trade reaches this version only after something happened beyond its entry. */
const FIRST_VERSION_WITH_CHANGE = 2;
const AT_ONCE_MAX = 3;

/** @typedef {import("../shapes.js").Change} Change */
/** The waiting change by trade id. */
export const waitingChanges = signal(/** @type {ReadonlyMap<string, Change>} */ (new Map()));

/** @type {Map<string, number>} */
const versionsRead = new Map();
/** @type {import("../shapes.js").Trade[]} */
let queue = [];
let running = 0;

/** @param {Change[]} changes */
export const findWaiting = (changes) => changes.find((change) => change.state === "PENDING") ?? null;

effect(() => {
  const trades = openTrades.value ?? [];
  untracked(() => {
    forgetGone(new Set(trades.map((trade) => trade.id)));
    queue = trades.filter(needsReading);
    for (let free = AT_ONCE_MAX - running; free > 0; free -= 1) void work();
  });
});

/** @param {import("../shapes.js").Trade} trade */
function needsReading(trade) {
  return trade.version >= FIRST_VERSION_WITH_CHANGE && versionsRead.get(trade.id) !== trade.version;
}

async function work() {
  running += 1;
  for (let trade = queue.shift(); trade !== undefined; trade = queue.shift()) {
    versionsRead.set(trade.id, trade.version);
    try {
      const changes = trade.changes ?? (await api.readChanges(trade.id)).items;
      // An answer about an earlier version may come last.
      if (versionsRead.get(trade.id) === trade.version) remember(trade.id, findWaiting(changes));
    } catch {
      versionsRead.delete(trade.id); // read again with the next reading of the list
    }
  }
  running -= 1;
}

/** @param {string} id @param {Change | null} change */
function remember(id, change) {
  if ((waitingChanges.value.get(id)?.id ?? null) === (change?.id ?? null)) return;
  const next = new Map(waitingChanges.value);
  if (change === null) next.delete(id);
  else next.set(id, change);
  waitingChanges.value = next;
}

/** @param {Set<string>} here */
function forgetGone(here) {
  for (const id of [...versionsRead.keys()]) if (!here.has(id)) versionsRead.delete(id);
  if ([...waitingChanges.value.keys()].some((id) => !here.has(id))) {
    waitingChanges.value = new Map([...waitingChanges.value].filter(([id]) => here.has(id)));
  }
}
