/** Ratios as text. */

const TWO = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const ONE = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** Beyond this a ratio says only that there is too little behind it. */
const MOST = 99;

/** Fewer, and a year's ratio is one of chance. */
const TRADES_MIN = 10;
const DAYS_MIN = 20;

/** Why a year's ratio would say nothing, null where it says something. @param {number} trades @param {number} [days] trading days, where they are known */
export function tooFewFor(trades, days = DAYS_MIN) {
  if (trades < TRADES_MIN) return `A year's ratio needs ${TRADES_MIN} trades; there ${trades === 1 ? "is 1" : `are ${trades}`}.`;
  return days < DAYS_MIN ? `A year's ratio needs ${DAYS_MIN} trading days; there ${days === 1 ? "is 1" : `are ${days}`}.` : null;
}

/** @param {number} value A ratio such as Sharpe's: `1.84`. */
export const plainRatio = (value) => (Math.abs(value) > MOST ? (value > 0 ? `>${MOST}` : `<−${MOST}`) : TWO.format(value).replace("-", "−"));

/** @param {number} value P&L in units of the initial risk: `+1.4R`, `−1.0R`. */
export function multiple(value) {
  const digits = ONE.format(Math.abs(value));
  return `${Number(digits) === 0 ? "" : value < 0 ? "−" : "+"}${digits}R`;
}
