/** Where a result came from: dollars by cause, which add up to it to the cent. */
import { list, number, shape, text } from "./lib/check.js";

export const dollarsByCause = { delta: number, gamma: number, theta: number, vega: number, residual: number, fees: number, slippage: number };

/** @typedef {ReturnType<typeof splitParts>} SplitParts */
export const splitParts = shape(dollarsByCause);

/** Of an ended trade: in all, by leg, and what had no Greeks. @typedef {ReturnType<typeof attribution>} Attribution */
export const attribution = shape({
  ...dollarsByCause,
  legs: list(shape({ symbol: text, ...dollarsByCause })),
  unexplained: shape({ intervals: number, items: list(shape({ from: text, to: text, pnl: number, reason: text })) }),
});
