/** A leg out of its symbol, as OCC writes contracts: `SPY250328P00391000`. */

const CONTRACT = /^([A-Z.]{1,6})(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/;

/** @param {{ symbol: string, side: string, ratio: number }} leg @returns {import("./legs.js").LegTerms} shares where it names no contract */
export function termsOf({ symbol, side, ratio }) {
  const found = CONTRACT.exec(symbol);
  if (found === null) return { instrument: "EQUITY", side, ratio, option_type: null, strike: null, expiry: null };
  const [, , year, month, day, right, strike] = found;
  return { instrument: "OPTION", side, ratio, option_type: right === "P" ? "PUT" : "CALL", strike: Number(strike) / 1000, expiry: `20${year}-${month}-${day}` };
}
