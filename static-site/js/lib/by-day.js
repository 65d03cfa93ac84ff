/** What happened, gathered under the days on which it did. */
import { weekday } from "./format.js";

/** @template {{ at: string }} T @param {T[]} shown newest first @returns {[string, T[]][]} each day as it is shown */
export function byDay(shown) {
  /** @type {Map<string, T[]>} */
  const days = new Map();
  for (const one of shown) days.set(weekday(one.at), [...(days.get(weekday(one.at)) ?? []), one]);
  return [...days];
}
