/** The bracket explorer's grid: a list for each stop; levels in per cents of what a trade risked, null for none; dollars net of fees. */
import { flag, list, nullable, number, shape } from "./lib/check.js";

const counts = list(list(number));
const levels = list(nullable(number));
const point = shape({ sl: nullable(number), tp: nullable(number), row: number, column: number, pnl: number, win_rate: nullable(number), stopped: number, reached: number, ambiguous: number });

/** @typedef {ReturnType<typeof brackets>} Brackets */
export const brackets = shape({
  trades: number,
  unseen: number,
  is_cut: flag,
  actual_pnl: number,
  sl: levels,
  tp: levels,
  pnl: counts,
  stopped: counts,
  reached: counts,
  ambiguous: counts,
  chosen: nullable(point),
  best: nullable(point),
});
