/** What traders amount to, and what they would have by other settings. Rates are fractions, `*_pct` per cent, money net of fees. */
import { anything, flag, list, nullable, number, shape, text } from "./lib/check.js";
import { performanceFields } from "./shapes-performance.js";

const figureFields = {
  trades: number,
  wins: number,
  losses: number,
  win_rate: nullable(number),
  profit_factor: nullable(number),
  avg_win: nullable(number),
  avg_loss: nullable(number),
  expectancy: nullable(number),
  expectancy_r: nullable(number),
  total_pnl: number,
};
/** @typedef {ReturnType<typeof figures>} Figures of some trades */
export const figures = shape(figureFields);

/** Confidences from and to, both inclusive. @typedef {ReturnType<typeof step>} Step */
const step = shape({ from: number, to: number, trades: number, win_rate: number });
const bestOrWorst = nullable(shape({ trade_id: text, symbol: text, pnl: number, pnl_pct: nullable(number) }));

/** @typedef {ReturnType<typeof traderFigures>} TraderFigures */
const traderFigures = shape({
  ...figureFields,
  trader_id: text,
  name: text,
  kelly: nullable(number),
  calibrated: shape({ trades: number, is_enough: flag, steps: list(step) }),
  cost_usd: number,
  calls: number,
});

/** @typedef {ReturnType<typeof aiPerformance>} AiPerformance */
export const aiPerformance = shape({
  ...performanceFields,
  total_pnl_pct: nullable(number),
  recovery_days: nullable(number),
  kelly: nullable(number),
  best_trade: bestOrWorst,
  worst_trade: bestOrWorst,
  long: figures,
  short: figures,
  by_trader: list(traderFigures),
  paper: figures,
  live: figures,
  calibration: list(step),
  ai_against_rules: shape({ model: figures, rules: figures, person: figures }),
  stop_moves: shape({ moves: number, toward_profit: number, by: list(shape({ triggered_by: text, moves: number, toward_profit: number })) }),
  cost: shape({ usd: number, calls: number, decisions: number, per_decision_usd: nullable(number) }),
});

/** @typedef {ReturnType<typeof replayed>} Replayed one variant */
const replayed = shape({
  ...figureFields,
  name: text,
  total_pnl_pct: nullable(number),
  max_drawdown_pct: nullable(number),
  sharpe: nullable(number),
  open_at_end: number,
  outcomes: anything,
  refused_by: anything,
});

/** Of one that is over: figures, or the reason why there are none. @typedef {ReturnType<typeof replayResult>} ReplayResult */
const replayResult = shape({
  reason: nullable(text),
  answers: nullable(shape({ source: text, asked: number, answered: number })),
  as_it_was: nullable(replayed),
  variants: nullable(list(replayed)),
  paper: nullable(figures),
  live: nullable(figures),
  notes: nullable(list(text)),
});

/** @typedef {ReturnType<typeof replay>} Replay */
export const replay = shape({
  id: text,
  trader_id: text,
  from: text,
  to: text,
  answers: text,
  variants: list(anything),
  status: text,
  progress: number,
  created_at: text,
  result: nullable(replayResult),
});
