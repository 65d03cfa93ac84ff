/** Backtests, shadows and what other brackets would have made, as the contract has them; money is net of fees. */
import { anything, flag, list, nullable, number, shape, text } from "./lib/check.js";
import { gateCount, strategy, verdict } from "./shapes-desk-more.js";
import { performanceFields } from "./shapes-performance.js";
import { dollarsByCause, splitParts } from "./shapes-split.js";

const request = shape({
  strategy,
  from: text,
  to: text,
  initial_capital: number,
  slippage_pct: number,
  commission: number,
  source: text,
  file: nullable(text),
  fill_rule: text,
  assume: list(text),
  seed: number,
  sweep: anything,
});

const rowFields = { id: text, status: text, progress: number, created_at: text, request };

/** One of the list. @typedef {ReturnType<typeof backtestRow>} BacktestRow */
export const backtestRow = shape(rowFields);

/** @typedef {ReturnType<typeof testedTrade>} TestedTrade */
export const testedTrade = shape({
  number,
  opened_at: text,
  closed_at: text,
  structure: text,
  qty: number,
  entry_price: number,
  exit_price: number,
  realized_pnl: number,
  fees: number,
  legs: list(shape({ symbol: text, side: text, ratio: number, entry_price: number, exit_price: number, pnl_attribution: nullable(splitParts) })),
  r: nullable(number),
  max_profit: nullable(number),
  max_loss: nullable(number),
  break_evens: list(number),
  payoff: list(list(number)),
  gates: list(verdict),
  reason: text,
  cause: nullable(text),
  better_than_natural: number,
  pnl_attribution: nullable(shape({ ...dollarsByCause, unexplained: number })),
});

/** `passed` null: it judges nothing here. @typedef {ReturnType<typeof biasCheck>} BiasCheck */
export const biasCheck = shape({ check: text, passed: nullable(flag), words: text, numbers: anything });

/** One set of a sweep. @typedef {ReturnType<typeof sweepCell>} SweepCell */
export const sweepCell = shape({
  values: anything,
  trades: number,
  total_pnl: number,
  win_rate: nullable(number),
  profit_factor: nullable(number),
  sharpe: nullable(number),
  max_drawdown_pct: nullable(number),
});

const { ai: _, best_strategy: __, worst_strategy: ___, ...figures } = performanceFields;

/** @typedef {ReturnType<typeof backtestResult>} BacktestResult */
export const backtestResult = shape({
  ...figures,
  initial_capital: number,
  final_equity: number,
  avg_days_in_trade: nullable(number),
  trade_log: list(testedTrade),
  gates: list(gateCount),
  missing: list(shape({ source: text, gate: text, days: number })),
  assumed: list(text),
  notes: list(text),
  bias: list(biasCheck),
  sweep: nullable(list(sweepCell)),
  manifest: shape({ code: text, data: text, request: text, seed: number }),
});

/** @typedef {ReturnType<typeof backtestRow> & { reason: string | null, result: BacktestResult | null }} Backtest */
const failed = shape({ reason: nullable(text) });
const whole = shape({ ...rowFields, result: anything });

/** A result is read once it is done; what failed has a reason in its place. @param {unknown} value @param {string} place @returns {Backtest} */
export function backtest(value, place) {
  const { result, ...row } = whole(value, place);
  if (result === null) return { ...row, result: null, reason: null };
  if (row.status !== "done") return { ...row, result: null, reason: failed(result, `${place}.result`).reason };
  return { ...row, result: backtestResult(result, `${place}.result`), reason: null };
}

const half = shape({ filled: number, missed: number, slippage_pct: nullable(number), seconds_to_fill: nullable(number), pnl: number, pnl_per_trade: nullable(number) });
const errors = shape({ count: number, mean: nullable(number), worst: nullable(number) });
const compared = { pairs: number, live: half, paper: half, entry_error: errors, exit_error: errors, pnl_error: errors };
const side = shape({
  trade_id: text,
  sent_at: nullable(text),
  filled_at: nullable(text),
  seconds_to_fill: nullable(number),
  entry_price: nullable(number),
  close_price: nullable(number),
  slippage_pct: nullable(number),
  pnl: nullable(number),
  missed: flag,
});

/** @typedef {ReturnType<typeof shadowPair>} ShadowPair */
const shadowPair = shape({ strategy: nullable(text), mid: nullable(number), live: side, paper: side, entry_error: nullable(number), exit_error: nullable(number), pnl_error: nullable(number) });

/** @typedef {ReturnType<typeof shadowCompared>} ShadowCompared */
export const shadowCompared = shape({ ...compared, strategy: nullable(text) });

/** @typedef {ReturnType<typeof shadowReport>} ShadowReport */
export const shadowReport = shape({ ...compared, days: number, from: text, by_strategy: list(shadowCompared), items: list(shadowPair) });

/** A loaded history: `source` and `file` are what a request names it with. @typedef {ReturnType<typeof backtestSet>} BacktestSet */
export const backtestSet = shape({ source: text, file: text, clock: text, underlyings: list(shape({ symbol: text, from: text, to: text, days: number })), faults: list(text) });
