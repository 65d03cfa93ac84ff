/** Ratios as text. */

const TWO = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const ONE = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** Beyond this a ratio says only that there is too little behind it. */
const MOST = 99;

/** @param {number} value A ratio such as Sharpe's: `1.84`. */
export const plainRatio = (value) => (Math.abs(value) > MOST ? (value > 0 ? `>${MOST}` : `<−${MOST}`) : TWO.format(value).replace("-", "−"));

/** @param {number} value P&L in units of the initial risk: `+1.4R`, `−1.0R`. */
export function multiple(value) {
  const digits = ONE.format(Math.abs(value));
  return `${Number(digits) === 0 ? "" : value < 0 ? "−" : "+"}${digits}R`;
}
