/** The desk's own lists: strategies, evaluations, counts of gates, the kill switch. Read once its view is opened. */
import { anything, flag, list, nullable, number, shape, text } from "./lib/check.js";
import { switchRow } from "./shapes-desk.js";

/** A number, or both ends of a range. @typedef {number | { min: number, max: number }} NumberOrSpan */
const span = shape({ min: number, max: number });
/** @type {import("./lib/check.js").Check<NumberOrSpan>} */
const numberOrSpan = (value, place) => (typeof value === "number" ? number(value, place) : span(value, place));

const entryRules = shape({
  dte_min: number,
  dte_max: number,
  short_delta: nullable(numberOrSpan),
  wing_width: nullable(numberOrSpan),
  min_credit: nullable(number),
  ivr_min: nullable(number),
  ivr_max: nullable(number),
  ma_rule: text,
  min_premium_pct: nullable(number),
  entry_from: nullable(text),
  entry_to: nullable(text),
  adx_max: number,
  min_vrp: number,
  liquidity: shape({
    max_spread_pct: nullable(number),
    min_volume: number,
    min_open_interest: number,
    min_underlying_volume_pct: number,
    max_quote_age_s: number,
  }),
  earnings_after_days: number,
  max_gamma_loss_1pct: nullable(number),
  skew_aware: flag,
  dynamic_dte: flag,
});

const exitRules = shape({
  profit_target_pct: nullable(number),
  profit_target_usd: nullable(number),
  trail_from_pct: nullable(number),
  trail_pct: nullable(number),
  stop_pct: nullable(number),
  stop_usd: nullable(number),
  time_stop_dte: nullable(number),
  time_stop_at: nullable(text),
  vix_exit: flag,
});

const strategyFields = {
  id: text,
  name: text,
  type: text,
  underlying: text,
  enabled: flag,
  mode: text,
  preferred_broker: text,
  entry_conditions: entryRules,
  exit_conditions: exitRules,
  sizing: shape({ kind: text, qty: nullable(number), pct: nullable(number) }),
  max_positions: number,
  version: number,
};

/** @typedef {ReturnType<typeof strategy>} Strategy */
export const strategy = shape(strategyFields);

/** What was to be deleted and is disabled instead, since trades of it are open. */
export const disabledStrategy = shape({ ...strategyFields, open_trades: number, detail: text });

/** What one stage said. @typedef {ReturnType<typeof verdict>} Verdict */
export const verdict = shape({ stage: text, passed: flag, reason: text, numbers: anything, missing: nullable(flag) });

/** @typedef {ReturnType<typeof evaluation>} Evaluation */
export const evaluation = shape({
  id: text,
  at: text,
  strategy_id: text,
  event: text,
  decision: text,
  reason: text,
  ended_by: nullable(text),
  count: number,
  first_at: text,
  scans: nullable(number),
  gates: list(verdict),
  config: anything,
  proposed_order: nullable(
    shape({
      legs: list(shape({ symbol: text, side: text, ratio: number })),
      limit_price: number,
      worst: number,
      qty: number,
      expiry: text,
      structure: text,
    }),
  ),
  trade_id: nullable(text),
});

/** How scans fared at one stage. @typedef {ReturnType<typeof gateCount>} GateCount */
export const gateCount = shape({ stage: text, passed: number, failed: number, missing: number });

/** @typedef {ReturnType<typeof killSwitch>} KillSwitch */
export const killSwitch = shape({ mode: text, flat: flag, left: list(shape({ symbol: text, quantity: number })), rows: list(switchRow) });

export const botSwitch = shape({ on: flag, since: nullable(text) });

/** @typedef {ReturnType<typeof deskSettings>} DeskSettings */
export const deskSettings = shape({
  max_positions: number,
  max_condors_per_expiry: number,
  max_daily_loss: number,
  max_bid_ask_spread_percent: number,
  fill_price_buffer_pct: number,
  zero_dte_close_buffer_minutes: number,
  portfolio_max_abs_delta_shares: nullable(number),
  portfolio_max_abs_gamma: nullable(number),
  portfolio_max_abs_vega: nullable(number),
  version: number,
});
