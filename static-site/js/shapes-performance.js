/** Performance as the contract has it: rates are fractions, `*_pct` per cent, money net of fees. */
import { flag, list, nullable, number, shape, text } from "./lib/check.js";
import { dollarsByCause } from "./shapes-split.js";

/** @typedef {ReturnType<typeof day>} Day */
export const day = shape({ date: text, pnl: number, equity: number });

/** @typedef {ReturnType<typeof group>} Group */
export const group = shape({
  key: nullable(text),
  trades: number,
  win_rate: number,
  total_pnl: number,
  expectancy: number,
  expectancy_r: nullable(number),
});

/** @typedef {ReturnType<typeof rankedStrategy>} RankedStrategy */
export const rankedStrategy = shape({
  key: nullable(text),
  trades: number,
  expectancy: number,
  total_pnl: number,
  too_few: flag,
});

const groups = list(group);

/** @typedef {ReturnType<typeof excursion>} Excursion */
export const excursion = shape({
  trade_id: text,
  mfe_pct: nullable(number),
  mae_pct: nullable(number),
  pnl_pct: nullable(number),
});

/** Dollars of one strategy's analysed trades by cause; they add up to `total_pnl`. @typedef {ReturnType<typeof splitOfStrategy>} SplitOfStrategy */
export const splitOfStrategy = shape({
  key: nullable(text),
  trades: number,
  ...dollarsByCause,
  total_pnl: number,
});

/** Of every performance; those of traders have more. */
export const performanceFields = {
  from: nullable(text),
  to: nullable(text),
  trades: number,
  wins: number,
  losses: number,
  breakeven: number,
  win_rate: nullable(number),
  profit_factor: nullable(number),
  avg_win: nullable(number),
  avg_loss: nullable(number),
  expectancy: nullable(number),
  payoff_ratio: nullable(number),
  best: nullable(number),
  worst: nullable(number),
  total_pnl: number,
  fees: number,
  slippage_pct: nullable(number),
  max_drawdown: nullable(number),
  max_drawdown_pct: nullable(number),
  max_drawdown_days: nullable(number),
  sharpe: nullable(number),
  sortino: nullable(number),
  calmar: nullable(number),
  avg_hold_h: nullable(number),
  best_strategy: nullable(rankedStrategy),
  worst_strategy: nullable(rankedStrategy),
  daily: list(day),
  weekly: list(shape({ from: text, pnl: number })),
  monthly: list(shape({ month: text, pnl: number })),
  by: shape({
    strategy: groups,
    ticker: groups,
    weekday: groups,
    hour: groups,
    score: groups,
    delta: groups,
    ai_verdict: groups,
    close_reason: groups,
    structure: groups,
    tag: groups,
  }),
  r: shape({ trades: number, expectancy: nullable(number), best: nullable(number), worst: nullable(number) }),
  ai: shape({ agree: number, right: number, right_pct: nullable(number) }),
  excursions: list(excursion),
  pnl_attribution: list(splitOfStrategy),
};

/** @typedef {ReturnType<typeof performance>} Performance */
export const performance = shape(performanceFields);
