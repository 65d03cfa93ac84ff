/** The account as the contract has it, with all that is held and its sums. */
import { flag, list, nullable, number, shape, text } from "./lib/check.js";

const heldGreeks = { delta: nullable(number), gamma: nullable(number), theta: nullable(number), vega: nullable(number) };

/** One position with what its row has no figures for: money in dollars, prices per share, Greeks of all that is held. @typedef {ReturnType<typeof position>} Position */
export const position = shape({
  trade_id: text,
  ticker: text,
  priced: flag,
  open_pnl: nullable(number),
  pnl_pct: nullable(number),
  day_pnl: nullable(number),
  cost: nullable(number),
  exit_pnl: nullable(number),
  strategy_stop: nullable(number),
  bid: nullable(number),
  ask: nullable(number),
  underlying: nullable(number),
  ...heldGreeks,
});

const sums = {
  positions: number,
  unpriced: number,
  without_greeks: number,
  open_pnl: number,
  day_pnl: number,
  cost: number,
  ...heldGreeks,
};

/** Several positions together, and what each sum leaves out. @typedef {ReturnType<typeof positionSums>} PositionSums */
export const positionSums = shape(sums);

/** @typedef {ReturnType<typeof positions>} Positions */
export const positions = shape({ items: list(position), groups: list(shape({ ticker: text, ...sums })), totals: positionSums, as_of: text });

/** @typedef {ReturnType<typeof account>} Account */
export const account = shape({
  broker_mode: text,
  account_id: nullable(text),
  equity: nullable(number),
  cash: nullable(number),
  buying_power: nullable(number),
  day_pnl: nullable(number),
  day_pnl_pct: nullable(number),
  open_pnl: nullable(number),
  risk_to_stops: nullable(number),
  unprotected: shape({ count: number, value: number }),
  unpriced: number,
  as_of: nullable(text),
  heat: nullable(number),
  heat_pct: nullable(number),
  open_positions: nullable(number),
  realized_today: nullable(number),
  positions: nullable(positions),
});
