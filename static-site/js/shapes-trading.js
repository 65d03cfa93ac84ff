/** Traders and what they decide, as the contract has them. */
import { anything, flag, list, nullable, number, shape, text } from "./lib/check.js";

/** @typedef {ReturnType<typeof trader>} Trader */
export const trader = shape({
  id: text,
  version: number,
  name: text,
  symbols: list(text),
  timeframe: text,
  filter: nullable(shape({ required: list(anything), optional: list(anything) })),
  analysis: shape({ model: nullable(text), prompt_version: nullable(text) }),
  trading: shape({
    enabled: flag,
    mode: text,
    sizing: text,
    position_size_usd: nullable(number),
    position_size_pct: nullable(number),
    max_positions: number,
    max_risk_pct: number,
    min_confidence: number,
    require_approval: flag,
    dynamic_sl: flag,
    dynamic_tp: flag,
    breakeven_at_pct: nullable(number),
    trailing_pct: nullable(number),
    max_daily_drawdown_pct: number,
    max_total_drawdown_pct: number,
    max_holding_minutes: nullable(number),
    max_correlated_pct: number,
    calibrated: flag,
    market_hours_only: flag,
    veto_seconds: number,
    exchange: text,
    daily_cost_limit_usd: number,
  }),
  state: text,
});

/** A rule's word; what it is and what it needs are in the rule's own unit. @typedef {ReturnType<typeof constraint>} Constraint */
export const constraint = shape({ name: text, satisfied: flag, current_value: anything, required_value: anything });

const takeProfit = shape({ price: number, share: number });

const decisionFields = {
  id: text,
  at: text,
  version: number,
  trader_id: text,
  signal_id: nullable(text),
  trade_id: nullable(text),
  symbol: text,
  candle: text,
  decision: text,
  confidence: number,
  reasoning: text,
  entry_price: nullable(number),
  quantity: nullable(number),
  stop_loss: nullable(number),
  take_profits: list(takeProfit),
  exit_price: nullable(number),
  modifications: list(shape({ kind: text, reason: text, new_stop: nullable(number), distance_pct: nullable(number), new_targets: list(takeProfit) })),
  risk_reward: nullable(number),
  max_risk_pct: nullable(number),
  source: text,
  model: nullable(text),
  prompt_version: nullable(text),
  latency_ms: nullable(number),
  tokens: nullable(shape({ prompt: number, answer: number })),
  cost_usd: nullable(number),
  outcome: text,
  validation: nullable(
    shape({ is_valid: flag, errors: list(text), warnings: list(text), constraints: list(constraint), offered_quantity: nullable(number) }),
  ),
  expires_at: nullable(text),
};

/** @typedef {ReturnType<typeof decision>} Decision */
export const decision = shape(decisionFields);

/** With what the model was told. @typedef {ReturnType<typeof decisionDetail>} DecisionDetail */
export const decisionDetail = shape({ ...decisionFields, context: anything, raw_answer: nullable(text), price_then: nullable(number) });

/** @typedef {ReturnType<typeof aiAccount>} AiAccount */
export const aiAccount = shape({
  equity: nullable(number),
  free: nullable(number),
  today_pnl: nullable(number),
  drawdown_pct: nullable(number),
  ai_cost_usd_today: number,
});

/** @typedef {ReturnType<typeof triedTrader>} TriedTrader */
export const triedTrader = shape({ filter: list(shape({ symbol: text, is_signal: flag, setup_score: number })), decision: decisionDetail });

/** What started a decision. @typedef {ReturnType<typeof signalShape>} TraderSignal */
export const signalShape = shape({ id: text, at: text, symbol: text, source: text, setup_score: number, candle: text });

export const webhookSecret = shape({ secret: text });

export const entriesSwitch = shape({ enabled: flag });
export const closedAll = shape({ left: number });
