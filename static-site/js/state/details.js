/** The slide-down details: which trades are unfolded, and what was read for them. */
import * as api from "../api.js";
import { effect, signal, untracked } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { isPinning } from "./narrow.js";
import { openTrades } from "./portfolio.js";

/**
 * @typedef {object} Detail
 * @property {import("../shapes.js").Trade | null} trade
 * @property {import("../shapes.js").Snapshot[]} snapshots
 * @property {import("../shapes.js").Transition[]} transitions
 * @property {string | null} error
 */

export const unfolded = signal(/** @type {ReadonlySet<string>} */ (new Set()));
export const details = signal(/** @type {ReadonlyMap<string, Detail>} */ (new Map()));

/** @type {Map<string, string>} */
const stateRead = new Map();

/** @param {string} id */
export function toggleDetail(id) {
  const next = new Set(isPinning.value && !unfolded.value.has(id) ? [] : unfolded.value); // beside the list there is room for one
  if (next.delete(id)) {
    stateRead.delete(id);
  } else {
    next.add(id);
    void readDetail(id);
  }
  unfolded.value = next;
}

/** @param {string} id */
export async function readDetail(id) {
  try {
    const [trade, snapshots, transitions] = await Promise.all([
      api.readTrade(id),
      api.readSnapshots(id),
      api.readTransitions(id),
    ]);
    put(id, { trade, snapshots: snapshots.items, transitions: transitions.items, error: null });
  } catch (error) {
    const known = details.value.get(id) ?? { trade: null, snapshots: [], transitions: [] };
    put(id, { ...known, error: sentence(error) });
  }
}

/** An unfolded trade is read again when the list shows it changed. */
effect(() => {
  const trades = openTrades.value ?? [];
  untracked(() => {
    for (const trade of trades.filter((each) => unfolded.value.has(each.id))) {
      const state = `${trade.version} ${trade.last_updated} ${trade.settling}`;
      if (stateRead.get(trade.id) === state) continue;
      const known = stateRead.has(trade.id);
      stateRead.set(trade.id, state);
      if (known || details.value.get(trade.id)?.trade?.last_updated !== trade.last_updated) void readDetail(trade.id);
    }
  });
});

/** @param {string} id @param {Detail} detail */
function put(id, detail) {
  details.value = new Map(details.value).set(id, detail);
}

/** Take a trade that a change has just answered. @param {import("../shapes.js").Trade} trade */
export function showInDetail(trade) {
  const known = details.value.get(trade.id);
  if (known !== undefined) put(trade.id, { ...known, trade, error: null });
}

export function forgetDetails() {
  unfolded.value = new Set();
  details.value = new Map();
  stateRead.clear();
}
