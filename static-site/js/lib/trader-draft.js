/** A trader as it is typed, and back to the body of the call; a filter's rules as rows. Pure. */

/** @typedef {import("../shapes-trading.js").Trader} Trader */
/** A number, or an indicator: its period, which of its lines, and of which candles where those are not the trader's. @typedef {{ kind: string, value: string, line: string, timeframe: string, rest: any }} Operand */
/** @typedef {{ left: Operand, op: string, right: Operand, isRequired: boolean }} Rule */
/** @typedef {Record<string, string | boolean>} Fields */
/** @typedef {{ fields: Fields, rules: Rule[] }} Draft */

/** What is compared, by its word; the figure beside it is its period. @type {[string, string, string][]} word, name, period it has by itself */
export const OPERANDS = [
  ["number", "a number", "0"],
  ["price", "Price", ""],
  ["volume", "Volume", ""],
  ["EMA", "EMA", "20"],
  ["SMA", "SMA", "50"],
  ["RSI", "RSI", "14"],
  ["ATR", "ATR", "14"],
  ["ADX", "ADX", "14"],
  ["MACD", "MACD", ""],
  ["BOLLINGER", "Bollinger", "20"],
];
/** Which line of one that has several: the parameter and its words, the usual one first. @type {Record<string, { param: string, options: string[] }>} */
export const LINES = {
  price: { param: "field", options: ["close", "open", "high", "low"] },
  MACD: { param: "output", options: ["macd", "signal", "histogram"] },
  BOLLINGER: { param: "output", options: ["middle", "upper", "lower"] },
};
/** @type {[string, string][]} */
export const OPS = [
  [">", "above"],
  [">=", "at or above"],
  ["<", "below"],
  ["<=", "at or below"],
  ["crosses_above", "crosses above"],
  ["crosses_below", "crosses below"],
];
export const TIMEFRAMES = ["1m", "5m", "15m", "1h", "4h", "1d"];
const NUMBERS = [
  "position_size_usd",
  "position_size_pct",
  "max_positions",
  "max_risk_pct",
  "min_confidence",
  "breakeven_at_pct",
  "trailing_pct",
  "max_daily_drawdown_pct",
  "max_total_drawdown_pct",
  "max_holding_minutes",
  "max_correlated_pct",
  "veto_seconds",
  "daily_cost_limit_usd",
];
const FLAGS = ["enabled", "require_approval", "dynamic_sl", "dynamic_tp", "calibrated", "market_hours_only"];

/** @param {string} kind @returns {Operand} */
export const operandOf = (kind) => ({ kind, value: OPERANDS.find(([word]) => word === kind)?.[2] ?? "", line: LINES[kind]?.options[0] ?? "", timeframe: "", rest: null });

/** @returns {Rule} */
export const newRule = () => ({ left: { ...operandOf("EMA"), value: "9" }, op: ">", right: { ...operandOf("EMA"), value: "21" }, isRequired: true });

/** @type {Draft} */
export const PROPOSED = {
  fields: {
    name: "",
    symbols: "BTCUSDT",
    timeframe: "15m",
    exchange: "PAPER",
    sizing: "fixed",
    position_size_usd: "100",
    max_positions: "3",
    max_risk_pct: "2",
    min_confidence: "0.7",
    breakeven_at_pct: "2",
    max_daily_drawdown_pct: "5",
    max_total_drawdown_pct: "20",
    max_correlated_pct: "40",
    veto_seconds: "60",
    daily_cost_limit_usd: "1",
    enabled: false,
    require_approval: true,
    dynamic_sl: true,
    dynamic_tp: true,
    calibrated: false,
    market_hours_only: false,
  },
  rules: [newRule()],
};

/** @param {any} operand @returns {Operand} */
function typedOperand(operand) {
  if (typeof operand === "number") return { ...operandOf("number"), value: String(operand) };
  const { indicator: kind, params = {}, timeframe = "" } = operand;
  const lines = LINES[kind];
  return { kind, value: String(params.period ?? ""), line: lines === undefined ? "" : (params[lines.param] ?? lines.options[0]), timeframe: timeframe ?? "", rest: operand };
}

/** @param {Trader} trader @returns {Draft} */
export function draftOf({ name, symbols, timeframe, filter, analysis, trading }) {
  const rows = (/** @type {any[]} */ rules, /** @type {boolean} */ isRequired) =>
    rules.map(({ left, op, right }) => ({ left: typedOperand(left), op, right: typedOperand(right), isRequired }));
  /** @type {Fields} */
  const fields = { name, symbols: symbols.join(", "), timeframe, exchange: trading.exchange, sizing: trading.sizing, model: analysis.model ?? "", prompt_version: analysis.prompt_version ?? "" };
  for (const each of NUMBERS) fields[each] = String(/** @type {any} */ (trading)[each] ?? "");
  for (const each of FLAGS) fields[each] = /** @type {any} */ (trading)[each];
  return { fields, rules: filter === null ? [] : [...rows(filter.required, true), ...rows(filter.optional, false)] };
}

/** @param {string} text */
const numberOf = (text) => (Number.isNaN(Number(text)) ? text : Number(text));

/** The usual line and the trader's own candles need no word. @param {Operand} operand */
function operandBody({ kind, value, line, timeframe, rest }) {
  if (kind === "number") return numberOf(value.trim());
  const { timeframe: _before, params: before = {}, ...kept } = rest?.indicator === kind ? rest : { indicator: kind };
  const lines = LINES[kind];
  const params = {
    ...before,
    ...(value.trim() === "" ? {} : { period: numberOf(value.trim()) }),
    ...(lines === undefined || (line === lines.options[0] && before[lines.param] === undefined) ? {} : { [lines.param]: line }),
  };
  return { ...kept, ...(Object.keys(params).length === 0 ? {} : { params }), ...(timeframe === "" ? {} : { timeframe }) };
}

/** The body of the call; what no form shows stays as it was. @param {Draft} draft @param {Trader | null} before */
export function bodyOf({ fields, rules }, before) {
  const text = (/** @type {string} */ name) => String(fields[name] ?? "").trim();
  const written = (/** @type {boolean} */ isRequired) =>
    rules.filter((rule) => rule.isRequired === isRequired).map(({ left, op, right }) => ({ left: operandBody(left), op, right: operandBody(right) }));
  /** @type {Record<string, unknown>} */
  const trading = { ...(before?.trading ?? {}), exchange: text("exchange"), sizing: text("sizing") };
  for (const name of NUMBERS) {
    if (text(name) === "") delete trading[name];
    else trading[name] = numberOf(text(name));
  }
  for (const name of FLAGS) trading[name] = fields[name] === true;
  return {
    name: text("name"),
    symbols: text("symbols").toUpperCase().split(/[\s,;]+/).filter(Boolean),
    timeframe: text("timeframe"),
    filter: rules.length === 0 ? null : { required: written(true), optional: written(false) },
    analysis: { model: text("model") || null, prompt_version: text("prompt_version") || null },
    trading,
  };
}

/** Where the server names a field of a block. @param {Record<string, string>} byField @param {string} name */
export const faultOf = (byField, name) => byField[name] ?? byField[`trading.${name}`] ?? byField[`analysis.${name}`] ?? null;
