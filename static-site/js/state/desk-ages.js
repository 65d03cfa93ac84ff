/** How old what the desk decides by may be, and what of it is older than that. */
import { computed } from "../lib/html.js";
import { market } from "./clock.js";
import { deskStatus } from "./desk-status.js";

/** @typedef {{ as_of: string, age_s: number } | null} Age */

const MINUTE_S = 60;
const DAY_S = 86_400;

/** Name, and how old it may be while the market is open, in seconds; null: it is told when there is news. @type {[keyof import("./desk-status.js").DeskStatus["data_ages"], string, number | null][]} */
export const KINDS = [
  ["marks", "Marks of what is held", 2 * MINUTE_S],
  ["account", "Account at the broker", 5 * MINUTE_S],
  ["vix", "VIX and VIX3M", 5 * MINUTE_S],
  ["bars", "Daily bars", 4 * DAY_S],
  ["earnings", "Earnings dates", 4 * DAY_S],
  ["dividends", "Dividends", 4 * DAY_S],
  ["iv_history", "IV history", 4 * DAY_S],
  ["macro_windows", "Macro windows", null],
];

/** @param {Age} one @param {number | null} most */
export const isTooOld = (one, most) => one !== null && most !== null && market.value?.open === true && one.age_s > most;

/** What is too old to decide by, while the market is open. */
export const late = computed(() => {
  const ages = deskStatus.value?.data_ages;
  return ages === undefined ? [] : KINDS.flatMap(([name, text, most]) => (isTooOld(ages[name], most) ? [{ text, age_s: /** @type {NonNullable<Age>} */ (ages[name]).age_s }] : []));
});
