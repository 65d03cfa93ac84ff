/** Words for backtests: where the market came from, how orders fill, what was missing, what a check looks at. */
import { plural } from "./format.js";
import { KINDS } from "./desk-words.js";
import { named, reasonName } from "./words.js";

/** @typedef {import("../shapes-backtests.js").BacktestRow} BacktestRow */

export const stateName = named({ queued: "Waiting", running: "Running", done: "Done", failed: "Failed", canceled: "Canceled" });

/** @param {{ status: string }} row */
export const isUnderWay = ({ status }) => status === "queued" || status === "running";

/** What the form offers. @type {[string, string][]} */
export const SOURCES = [
  ["synthetic", "Made up, from a seed"],
  ["recorded", "Made up, around recorded prices"],
  ["stored", "Loaded history, the fullest"],
  ["orats", "ORATS files"],
  ["datashop", "Cboe DataShop files"],
  ["optionsdx", "OptionsDX files"],
  ["l3", "L3 files"],
  ["ivolatility", "iVolatility files"],
  ["parquet", "Free yearly Parquet files"],
  ["optopsy", "Files in optopsy's order"],
  ["lean", "Recorded minutes, LEAN"],
  ["own", "Files of your own"],
];
const sourceName = named(Object.fromEntries(SOURCES));

/** @type {[string, string][]} */
export const FILLS = [
  ["touch", "At the bid and the ask"],
  ["mid_ticks", "Two ticks beyond the mid"],
  ["mid_pct", "A per cent beyond the mid"],
];

/** What a request may take for granted; chains and sizes cannot be. @type {[string, string][]} */
export const ASSUMABLE = [
  ["volume", "Volume of legs"],
  ["open_interest", "Open interest"],
  ["bars", "Daily bars"],
  ["vix", "VIX"],
  ["vix3m", "VIX3M"],
  ["iv_history", "IV history"],
  ["earnings", "Earnings dates"],
  ["dividends", "Dividends"],
  ["macro_windows", "Macro calendar"],
];
export const dataName = named({ ...Object.fromEntries(ASSUMABLE), chains: "Option chains", quote_sizes: "Sizes of quotes" });

/** @param {BacktestRow["request"]} asked */
export function marketText({ source, file, seed }) {
  if (source === "synthetic") return file === "recorded" ? `Made up around recorded prices, seed ${seed}` : `Made up, seed ${seed}`;
  return file === null ? sourceName(source) : `${sourceName(source)}, ${file}`;
}

/** @param {BacktestRow["request"]} asked */
export function fillText({ fill_rule: rule, slippage_pct: slippage }) {
  if (rule === "mid_pct") return `fills ${slippage}% beyond the mid`;
  return rule === "touch" ? "fills at the bid and the ask" : "fills two ticks beyond the mid";
}

/** How many sets of values a sweep goes through; 0 without one. @param {BacktestRow["request"]} asked */
export const setsOf = ({ sweep }) =>
  sweep === null ? 0 : Object.values(sweep).reduce((/** @type {number} */ sets, /** @type {any} */ values) => sets * values.length, 1);

/** @param {BacktestRow["request"]} asked */
export const setsText = (asked) => (setsOf(asked) === 0 ? "" : plural(setsOf(asked), "set of values", "sets of values"));

/** What a check looks at. */
export const checkName = named({
  look_ahead: "Does it know the future?",
  data_gaps: "Are days missing?",
  significance: "Could it be luck?",
  crises: "Has it been through a crisis?",
  fills: "Are the fills too good?",
  sensitivity: "Does it hang on one value?",
});

const causeName = named({
  person: "Closed by hand",
  hard_stop: "Hard stop",
  zero_dte_buffer: "Last day's buffer",
  vix_spike: "VIX spike",
  stop_pct: "Stop",
  stop_usd: "Stop in dollars",
  trailing: "Trailing stop",
  profit_target_pct: "Profit target",
  profit_target_usd: "Target in dollars",
  time_stop_dte: "Days before expiry",
  time_stop_at: "Time of day",
  "end of the range": "End of the test",
});

/** What made it leave. @param {{ reason: string, cause: string | null }} trade */
export const leftBy = ({ reason, cause }) => (cause === null ? reasonName(reason) : causeName(cause));

/** Values that a sweep may try: a path of the strategy's body and its name. @type {[string, string][]} */
export const SWEPT = [
  ["short_delta", "Delta of the short"],
  ["wing_width", "Width of the wings"],
  ["dte_min", "Days to expiry, from"],
  ["dte_max", "Days to expiry, to"],
  ["min_credit", "Credit, at least"],
  ["ivr_min", "IV rank, from"],
  ["adx_max", "ADX, at most"],
  ["min_vrp", "Implied less realized"],
  ["profit_target_pct", "Target, %"],
  ["stop_pct", "Stop, %"],
  ["time_stop_dte", "Days before expiry"],
  ["max_positions", "Open at most"],
];
/** @param {string} path `exit_conditions.stop_pct`, or its end */
export const sweptName = (path) => named(Object.fromEntries(SWEPT))(path.split(".").at(-1) ?? path);

/** Those that a kind of strategy has. @param {string} type */
export const sweptOf = (type) => {
  const kind = KINDS[type] ?? { isByDelta: true, hasWings: true, isCredit: true };
  return SWEPT.filter(([path]) => (path !== "short_delta" || kind.isByDelta) && (path !== "wing_width" || kind.hasWings) && (path !== "min_credit" || kind.isCredit));
};
