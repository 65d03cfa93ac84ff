/** Expiries as the ticket offers them: with the days to them, the monthly ones marked, by month. Pure. */
import { day, daysTo } from "./format.js";

/** What is proposed when nobody has chosen yet. */
export const DAYS_WANTED = 37;
const FRIDAY = 5;
const MONTH = new Intl.DateTimeFormat("en-US", { timeZone: "UTC", month: "long", year: "numeric" });

/** The third Friday; a holiday on it moves the expiry to the day before. @param {string} date `2026-03-20` */
export function isMonthly(date) {
  const at = new Date(`${date}T00:00:00Z`);
  const number = at.getUTCDate();
  if (at.getUTCDay() === FRIDAY) return number >= 15 && number <= 21;
  return at.getUTCDay() === FRIDAY - 1 && number === 16 && date.slice(5, 7) === "04"; // a Good Friday on the 17th
}

/** `Mar 20 · 29d · monthly` @param {string} date @param {number} nowMs */
export function expiryText(date, nowMs) {
  const days = daysTo(date, nowMs) ?? 0;
  return `${day(`${date}T12:00:00Z`)} · ${days <= 0 ? "today" : `${days}d`}${isMonthly(date) ? " · monthly" : ""}`;
}

/** @param {string[]} dates @returns {[string, string[]][]} */
export function byMonth(dates) {
  /** @type {Map<string, string[]>} */
  const months = new Map();
  for (const date of dates) {
    const month = MONTH.format(new Date(`${date}T00:00:00Z`));
    months.set(month, [...(months.get(month) ?? []), date]);
  }
  return [...months];
}

/** Without what has expired: today's ends with the session. @param {string[]} dates @param {number} nowMs @param {number | null} closesMs of the session of today */
export const stillTraded = (dates, nowMs, closesMs) =>
  dates.filter((date) => {
    const days = daysTo(date, nowMs) ?? 0;
    return days > 0 || (days === 0 && (closesMs === null || daysTo(date, closesMs) !== 0 || nowMs < closesMs));
  });

/**
 * The one that was chosen before where it is listed, else the monthly one nearest to the days that are wanted, else whatever is nearest.
 * @param {string[]} dates @param {{ before: string, days: number, nowMs: number }} wanted
 */
export function proposeExpiry(dates, { before, days, nowMs }) {
  if (dates.includes(before)) return before;
  const away = (/** @type {string} */ date) => Math.abs((daysTo(date, nowMs) ?? 0) - days);
  const nearest = (/** @type {string[]} */ of) => [...of].sort((one, other) => away(one) - away(other))[0];
  const monthly = nearest(dates.filter((date) => isMonthly(date) && (daysTo(date, nowMs) ?? 0) > 0));
  const any = nearest(dates.filter((date) => (daysTo(date, nowMs) ?? 0) > 0)) ?? dates[0] ?? "";
  return monthly !== undefined && away(monthly) <= Math.max(days / 2, 10) ? monthly : any;
}
