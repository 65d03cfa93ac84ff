/** The risk book as the contract has it: of all that is held in one kind of money, at one moment; null where it could not be worked out. */
import { list, nullable, number, shape, text } from "./lib/check.js";

const moves = { pnl_1pct_up: nullable(number), pnl_1pct_down: nullable(number), pnl_2pct_up: nullable(number), pnl_2pct_down: nullable(number), pnl_5pct_down: nullable(number) };

/** @typedef {ReturnType<typeof riskBook>} RiskBook */
export const riskBook = shape({
  as_of: nullable(text),
  mode: nullable(text),
  legs: number,
  net_delta_shares: nullable(number),
  net_gamma_shares_per_dollar: nullable(number),
  net_vega_usd_per_1vol: nullable(number),
  net_theta_usd_per_day: nullable(number),
  beta_weighted_delta: nullable(number),
  ...moves,
  rough: nullable(shape(moves)),
  var_95_1d: nullable(number),
  var_95_1d_approximate: nullable(number),
  var_95_1d_full: nullable(number),
  var_99_1d: nullable(number),
  var_99_1d_approximate: nullable(number),
  var_99_1d_full: nullable(number),
  max_single_position_pct: nullable(number),
  max_single_underlying_pct: nullable(number),
  delta_utilization_pct: nullable(number),
  gamma_utilization_pct: nullable(number),
  vega_utilization_pct: nullable(number),
  unknown: nullable(text),
  guessed_betas: list(text),
  breaches: list(shape({ name: text, value: number, limit: number })),
});

const atMost = { ticker: text, max_loss: number, equity_pct: nullable(number) };

/** The book over moves of price and volatility, and what may lose most. @typedef {ReturnType<typeof riskPicture>} RiskPicture */
export const riskPicture = shape({
  as_of: text,
  legs: number,
  days: number,
  moves: list(number),
  points: list(number),
  pnl: list(list(number)),
  unknown: nullable(text),
  positions: list(shape({ ...atMost, trade_id: text, structure: nullable(text) })),
  underlyings: list(shape(atMost)),
});
