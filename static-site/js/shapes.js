/**
 * The shapes of the public contract that this page reads. Each validator is also the type: `Trade` is what
 * `trade` gives back. Fields that the page does not show are left out.
 */
import { anything, flag, list, nullable, number, shape, text } from "./lib/check.js";
import { attribution } from "./shapes-split.js";

/** @typedef {ReturnType<typeof order>} Order */
export const order = shape({
  id: text,
  role: text,
  status: text,
  broker_order_id: nullable(text),
  type: text,
  side: nullable(text),
  quantity: number,
  filled_quantity: nullable(number),
  limit_price: nullable(number),
  stop_price: nullable(number),
  avg_fill_price: nullable(number),
  duration: nullable(text),
  submitted_at: nullable(text),
  legs: list(shape({ symbol: text, side: text, ratio: number, filled_quantity: nullable(number), avg_fill_price: nullable(number) })),
});

/** @typedef {ReturnType<typeof change>} Change */
export const change = shape({
  id: text,
  at: text,
  triggered_by: nullable(text),
  kind: nullable(text),
  reason: nullable(text),
  before: anything,
  after: anything,
  state: text,
  error: nullable(text),
  apply_at: nullable(text),
  expires_at: nullable(text),
  settled_at: nullable(text),
});

/** What a trade holds; `origin` is how shares came that nobody asked for. @typedef {ReturnType<typeof leg>} Leg */
export const leg = shape({
  instrument: text,
  symbol: text,
  multiplier: number,
  side: text,
  ratio: number,
  quantity: number,
  option_type: nullable(text),
  strike: nullable(number),
  expiry: nullable(text),
  entry_price: nullable(number),
  close_price: nullable(number),
  origin: nullable(text),
});

/** The market of one leg, per share. @typedef {ReturnType<typeof legMark>} LegMark */
export const legMark = shape({
  symbol: text,
  current_price: nullable(number),
  delta: nullable(number),
  gamma: nullable(number),
  theta: nullable(number),
  vega: nullable(number),
});

/** Where a share of what is held is sold. @typedef {ReturnType<typeof target>} Target */
export const target = shape({ id: nullable(text), price: number, share: number, quantity: number, state: text, filled_at: nullable(text) });

/** @typedef {ReturnType<typeof trade>} Trade */
export const trade = shape({
  id: text,
  version: number,
  strategy: nullable(text),
  status: text,
  settling: flag,
  created_at: text,
  last_updated: nullable(text),
  is_locked: flag,
  ticker: text,
  option_type: nullable(text),
  strike: nullable(number),
  expiry: nullable(text),
  legs: list(leg),
  leg_marks: nullable(list(legMark)),
  structure: nullable(text),
  qty: number,
  filled_qty: nullable(number),
  open_qty: nullable(number),
  order_type: nullable(text),
  limit_price: nullable(number),
  entry_price: nullable(number),
  entry_date: nullable(text),
  entry_credit: nullable(number),
  entry_credit_usd: nullable(number),
  delta_at_entry: nullable(number),
  iv_at_entry: nullable(number),
  sl_price: nullable(number),
  tp_price: nullable(number),
  initial_sl: nullable(number),
  ai_paused: nullable(flag),
  drawdown_from_peak: nullable(number),
  changes_count: nullable(number),
  analyses_count: nullable(number),
  r_planned: nullable(number),
  r_achieved: nullable(number),
  trailing_pct: nullable(number),
  targets: list(target),
  override_count: nullable(number),
  close_requested_at: nullable(text),
  current_price: nullable(number),
  mark_at: nullable(text),
  delayed: nullable(flag),
  unrealized_pnl: nullable(number),
  max_gain: nullable(number),
  max_drawdown: nullable(number),
  close_price: nullable(number),
  exit_debit: nullable(number),
  exit_debit_usd: nullable(number),
  close_date: nullable(text),
  close_reason: nullable(text),
  realized_pnl: nullable(number),
  realized_pnl_pct: nullable(number),
  risk_basis: nullable(number),
  trigger_precision: text,
  fees: nullable(number),
  hold_duration_h: nullable(number),
  broker_mode: text,
  orders: nullable(list(order)),
  changes: nullable(list(change)),
  originator: nullable(text),
  originator_id: nullable(text),
  shadow_of: nullable(text),
  signals_snapshot: anything,
  signals_given: anything,
  market_regime: anything,
  order_book_state: anything,
  ai_reasoning_log: anything,
  target_pnl_15m: nullable(number),
  target_pnl_1h: nullable(number),
  target_mfe_pct: nullable(number),
  target_mae_pct: nullable(number),
  pnl_attribution: nullable(attribution),
  trade_context: anything,
});

/** @typedef {ReturnType<typeof snapshot>} Snapshot */
export const snapshot = shape({
  timestamp: text,
  kind: text,
  mark_price: nullable(number),
  bid: nullable(number),
  ask: nullable(number),
  delta: nullable(number),
  gamma: nullable(number),
  theta: nullable(number),
  vega: nullable(number),
  iv: nullable(number),
  underlying: nullable(number),
  source: nullable(text),
  stale: nullable(flag),
  one_sided: nullable(flag),
  delayed: nullable(flag),
  reason: nullable(text),
});

/** @typedef {ReturnType<typeof transition>} Transition */
export const transition = shape({
  at: text,
  from_status: nullable(text),
  to_status: text,
  actor: nullable(text),
  reason: nullable(text),
});

/** @typedef {ReturnType<typeof quote>} Quote */
export const quote = shape({
  symbol: text,
  last: nullable(number),
  bid: nullable(number),
  ask: nullable(number),
  change_pct: nullable(number),
  as_of: nullable(text),
  delayed: nullable(flag),
});

/** @typedef {ReturnType<typeof contract>} Contract */
export const contract = shape({
  symbol: text,
  root: text,
  multiplier: number,
  option_type: text,
  strike: number,
  bid: nullable(number),
  ask: nullable(number),
  mid: nullable(number),
  last: nullable(number),
  volume: nullable(number),
  open_interest: nullable(number),
  delta: nullable(number),
  gamma: nullable(number),
  theta: nullable(number),
  vega: nullable(number),
  iv: nullable(number),
});

/** @typedef {ReturnType<typeof chain>} Chain */
export const chain = shape({
  underlying: text,
  underlying_price: nullable(number),
  expiry: text,
  source: nullable(text),
  delayed: flag,
  quoted_at: nullable(text),
  items: list(contract),
});

const limitBreak = shape({ limit: text, value: nullable(number), allowed: nullable(number) });

const figureWith = shape({ before: nullable(number), after: nullable(number), cap: nullable(number) });

/** The book before and after something is added to it. @typedef {ReturnType<typeof bookWith>} BookWith */
export const bookWith = shape({ delta: figureWith, gamma: figureWith, vega: figureWith });

/** @typedef {ReturnType<typeof preview>} Preview */
export const preview = shape({
  cost: nullable(number),
  loss_at_stop: nullable(number),
  structure: text,
  max_profit: nullable(number),
  max_loss: nullable(number),
  break_evens: list(number),
  payoff: list(list(number)),
  payoff_now: list(list(number)),
  pop: nullable(number),
  greeks: shape({ delta: nullable(number), gamma: nullable(number), theta: nullable(number), vega: nullable(number) }),
  collateral: number,
  max_reward: nullable(number),
  risk_reward: nullable(number),
  heat_after: nullable(number),
  heat_after_pct: nullable(number),
  bid: nullable(number),
  ask: nullable(number),
  as_of: nullable(text),
  delayed: nullable(flag),
  breaks: list(limitBreak),
  book: nullable(bookWith),
  warnings: list(anything),
});

const storedToken = shape({ set: flag, last4: nullable(text) });

/** A secret target comes masked, a mail address as it is. @type {import("./lib/check.js").Check<string | { set: boolean, last4: string | null }>} */
const channelTarget = (value, place) => (typeof value === "string" ? value : storedToken(value, place));

/** @typedef {ReturnType<typeof alertChannel>} AlertChannel */
export const alertChannel = shape({ kind: text, target: channelTarget, min_severity: text });

/** @typedef {ReturnType<typeof settings>} Settings */
export const settings = shape({
  broker_mode: text,
  tradier_sandbox_token: storedToken,
  tradier_live_token: storedToken,
  tradier_sandbox_account_id: nullable(text),
  tradier_live_account_id: nullable(text),
  account_balance: nullable(number),
  max_positions: nullable(number),
  daily_loss_limit: nullable(number),
  heat_limit_pct: nullable(number),
  allow_market_live: nullable(flag),
  close_before_expiry: nullable(flag),
  auto_refresh: nullable(flag),
  sounds: nullable(flag),
  alert_channels: list(alertChannel),
  unconfirmed_addresses: nullable(list(text)),
  version: nullable(number),
});

/** @typedef {ReturnType<typeof connection>} Connection */
export const connection = shape({
  ok: flag,
  account_id: nullable(text),
  account_type: nullable(text),
  status: nullable(text),
  options_level: anything,
  reason: nullable(text),
});

/** @typedef {ReturnType<typeof alert>} Alert */
export const alert = shape({
  id: text,
  at: text,
  severity: text,
  kind: text,
  trade_id: nullable(text),
  text: text,
  question: nullable(text),
  resolved_at: nullable(text),
  acked_at: nullable(text),
});

/** @typedef {ReturnType<typeof me>} Me */
export const me = shape({
  username: text,
  broker_mode: text,
  limits: shape({
    max_positions: nullable(number),
    daily_loss_limit: nullable(number),
    heat_limit_pct: nullable(number),
  }),
  market: shape({
    now: text,
    open: flag,
    next_open: nullable(text),
    next_close: nullable(text),
    holiday: anything,
    early_close: anything,
    cadence_s: nullable(number),
    session: shape({ opened_at: text, closes_at: text, previous_close: text }),
  }),
  coin_stream_url: nullable(text),
});

export const granted = shape({ access_token: text, expires_in: number });

/**
 * A list as every call answers it.
 * @template T
 * @param {import("./lib/check.js").Check<T>} item
 */
export const page = (item) => shape({ items: list(item), next_cursor: nullable(text), as_of: nullable(text) });

/** What all ended trades of a history amount to. @typedef {ReturnType<typeof historyTotals>} HistoryTotals */
export const historyTotals = shape({ trades: number, wins: number, losses: number, realized_pnl: number });

/** Ended trades, with their totals where they were asked for. */
export const historyPage = shape({ items: list(trade), next_cursor: nullable(text), as_of: nullable(text), totals: nullable(historyTotals) });

/** A list where the contract leaves cursor and time out. @template T @param {import("./lib/check.js").Check<T>} item */
export const items = (item) => shape({ items: list(item) });
