/** A chain as rows: one a strike, calls and puts beside each other. */

/** @typedef {import("../shapes.js").Contract} Contract */

/** @param {Contract[]} contracts @returns {{ strike: number, call: Contract | null, put: Contract | null }[]} strikes ascending */
export function byStrike(contracts) {
  const of = (/** @type {string} */ right) => new Map(contracts.filter((each) => each.option_type === right).map((each) => [each.strike, each]));
  const [calls, puts] = [of("CALL"), of("PUT")];
  const strikes = [...new Set([...calls.keys(), ...puts.keys()])].sort((one, other) => one - other);
  return strikes.map((strike) => ({ strike, call: calls.get(strike) ?? null, put: puts.get(strike) ?? null }));
}

/** Bring the strikes around the underlying's price into the middle. @param {HTMLElement | null} frame */
export function toMoney(frame) {
  const row = /** @type {HTMLElement | null | undefined} */ (frame?.querySelector("[data-at-money]"));
  if (frame && row) frame.scrollTop = row.offsetTop - frame.clientHeight / 2;
}
