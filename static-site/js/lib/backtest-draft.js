/** A backtest as it is typed: from a strategy or from one that was asked for before, to the body of the call. Pure. */

/** @typedef {import("../shapes-backtests.js").BacktestRow} BacktestRow */
/** Every field as text; `then`: the strategy as it was when it was tested before. @typedef {{ strategy: string, from: string, to: string, source: string, file: string, seed: string, fill_rule: string, slippage_pct: string, commission: string, initial_capital: string, assume: string[], first: string, firstValues: string, second: string, secondValues: string }} Draft */

export const THEN = "then";
export const RECORDED = "recorded";
const SYNTHETIC = "synthetic";

/** @param {string} strategy @param {{ from: string, to: string }} days @returns {Draft} */
export const proposed = (strategy, { from, to }) => ({
  strategy,
  from,
  to,
  source: SYNTHETIC,
  file: "",
  seed: "1",
  fill_rule: "touch",
  slippage_pct: "0.5",
  commission: "0.65",
  initial_capital: "100000",
  assume: [],
  first: "",
  firstValues: "",
  second: "",
  secondValues: "",
});

/** @param {BacktestRow["request"]} asked @returns {Draft} */
export function draftOf(asked) {
  const swept = Object.entries(/** @type {Record<string, unknown[]>} */ (asked.sweep ?? {})).map(([path, values]) => [path.split(".").at(-1) ?? path, values.map(written).join(", ")]);
  const isRecorded = asked.source === SYNTHETIC && asked.file === RECORDED;
  return {
    strategy: THEN,
    from: asked.from,
    to: asked.to,
    source: isRecorded ? RECORDED : asked.source,
    file: isRecorded ? "" : (asked.file ?? ""),
    seed: String(asked.seed),
    fill_rule: asked.fill_rule,
    slippage_pct: String(asked.slippage_pct),
    commission: String(asked.commission),
    initial_capital: String(asked.initial_capital),
    assume: asked.assume,
    first: swept[0]?.[0] ?? "",
    firstValues: swept[0]?.[1] ?? "",
    second: swept[1]?.[0] ?? "",
    secondValues: swept[1]?.[1] ?? "",
  };
}

/** @param {any} value a number, or both ends of a range */
const written = (value) => (typeof value === "object" && value !== null ? `${value.min} to ${value.max}` : String(value));

const RANGE = /^([\d.]+)\s*to\s*([\d.]+)$/;

/** What is no number goes as it is: the server names it. @param {string} text */
function valueOf(text) {
  const range = RANGE.exec(text);
  if (range !== null) return { min: Number(range[1]), max: Number(range[2]) };
  return numberOr(text);
}

/** @param {string} text */
const numberOr = (text) => (text.trim() === "" ? null : Number.isNaN(Number(text)) ? text : Number(text));

/** @param {string} text @returns {unknown[]} */
export const valuesOf = (text) => text.split(",").map((each) => each.trim()).filter(Boolean).map(valueOf);

/** The body of the call. @param {Draft} draft @param {object | null} then the strategy as it was */
export function bodyOf(draft, then) {
  const swept = [[draft.first, draft.firstValues], [draft.second, draft.secondValues]].filter(([path, values]) => path !== "" && values.trim() !== "");
  const isRecorded = draft.source === RECORDED;
  return {
    strategy: draft.strategy === THEN ? then : draft.strategy,
    from: draft.from,
    to: draft.to,
    initial_capital: numberOr(draft.initial_capital),
    slippage_pct: numberOr(draft.slippage_pct),
    commission: numberOr(draft.commission),
    source: isRecorded ? SYNTHETIC : draft.source,
    file: isRecorded ? RECORDED : draft.source === SYNTHETIC ? null : draft.file.trim() || null,
    fill_rule: draft.fill_rule,
    assume: draft.assume,
    seed: numberOr(draft.seed),
    sweep: swept.length === 0 ? null : Object.fromEntries(swept.map(([path, values]) => [path, valuesOf(values)])),
  };
}

/** How many sets of values it goes through. @param {Draft} draft */
export const setsOf = ({ first, firstValues, second, secondValues }) =>
  [[first, firstValues], [second, secondValues]].filter(([path, values]) => path !== "" && values.trim() !== "").reduce((sets, [, values]) => sets * valuesOf(values).length, 1);
