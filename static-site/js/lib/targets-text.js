/** Targets as people type them: `3 × 50, 6 × 50`, a distance or a price and its share in per cent. Pure. */

/** @param {string} text as typed: a number where it is one, for the server to judge where it is not */
export const numberOf = (text) => (Number.isNaN(Number(text)) ? text : Number(text));

/** @param {string} text @returns {[string | number, string | number][]} each with its share of 1; without one all of it */
export function readTargets(text) {
  return text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const [at, share = "100"] = part.split(/[x×*]/i).map((each) => each.replace("%", "").trim());
      return [numberOf(at), Number.isNaN(Number(share)) ? share : Number(share) / 100];
    });
}

/** @param {{ price: number, share: number }[]} targets */
export const typedTargets = (targets) => targets.map(({ price, share }) => `${price} × ${Math.round(share * 100)}`).join(", ");
