/** What the ticket proposes on this device: how many, how far out, where the stop and the target lie; and strategies used before. */
import { computed } from "../lib/html.js";
import { DAYS_WANTED } from "../lib/expiries.js";
import { prefer, preferences } from "./device.js";
import { openTrades } from "./portfolio.js";

/** @typedef {{ qty: number, days: number, stop: number | null, target: number | null, risk: number | null }} OrderDefaults parts in per cent of the entry, risk in dollars */

export const BOUNDS = /** @type {const} */ ({ qty: [1, 1_000], days: [0, 730], stop: [1, 99], target: [1, 1_000], risk: [1, 1_000_000] });
const STRATEGIES_MAX = 12;

/** @param {unknown} value @param {keyof typeof BOUNDS} name @returns {number | null} */
const within = (value, name) => (typeof value === "number" && value >= BOUNDS[name][0] && value <= BOUNDS[name][1] ? value : null);

/** @type {import("../../vendor/signals.js").ReadonlySignal<OrderDefaults>} */
export const orderDefaults = computed(() => {
  const kept = /** @type {any} */ (preferences.value.order) ?? {};
  return {
    qty: within(kept.qty, "qty") ?? 1,
    days: within(kept.days, "days") ?? DAYS_WANTED,
    stop: within(kept.stop, "stop"),
    target: within(kept.target, "target"),
    risk: within(kept.risk, "risk"),
  };
});

/** @param {Partial<OrderDefaults>} change */
export const keepOrderDefaults = (change) => prefer("order", { ...orderDefaults.value, ...change });

const used = computed(() => {
  const kept = preferences.value.strategies;
  return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
});

/** Strategies that were used before, so that one is spelled one way. */
export const strategies = computed(() => [...new Set([...used.value, ...(openTrades.value ?? []).flatMap(({ strategy }) => (strategy === null ? [] : [strategy]))])]);

/** @param {string} strategy */
export function rememberStrategy(strategy) {
  const name = strategy.trim();
  if (name !== "") prefer("strategies", [name, ...used.value.filter((each) => each !== name)].slice(0, STRATEGIES_MAX));
}
