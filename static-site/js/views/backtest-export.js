/** Taking a result along: its trades as a table for a spreadsheet, or all of it as it was read. */
import { leftBy } from "../lib/backtest-words.js";
import { saveFile } from "../lib/save-file.js";
import { toast } from "../state/toasts.js";

/** @typedef {import("../state/backtests.js").Backtest} Backtest */
/** @typedef {import("../shapes-backtests.js").TestedTrade} TestedTrade */

/** @type {[string, (trade: TestedTrade) => string | number | null][]} */
const COLUMNS = [
  ["number", ({ number }) => number],
  ["opened_at", ({ opened_at: at }) => at],
  ["closed_at", ({ closed_at: at }) => at],
  ["structure", ({ structure }) => structure],
  ["legs", ({ legs }) => legs.map(({ side, ratio, symbol }) => `${side.toLowerCase()} ${ratio} ${symbol}`).join(", ")],
  ["qty", ({ qty }) => qty],
  ["entry_price", ({ entry_price: price }) => price],
  ["exit_price", ({ exit_price: price }) => price],
  ["fees", ({ fees }) => fees],
  ["realized_pnl", ({ realized_pnl: pnl }) => pnl],
  ["r", ({ r }) => r],
  ["max_profit", ({ max_profit: most }) => most],
  ["max_loss", ({ max_loss: most }) => most],
  ["left_by", leftBy],
  ["better_than_natural", ({ better_than_natural: better }) => better],
];

/** @param {Backtest} run */
const nameOf = ({ request: { strategy, from, to } }) => `backtest-${strategy.name.replaceAll(/[^\w-]+/g, "-").toLowerCase()}-${from}-${to}`;

/** A cell that begins like a formula is no formula. @param {string | number | null} value */
function cell(value) {
  if (value === null) return "";
  const text = typeof value === "string" && /^[=@+\t\r-]/.test(value) ? `'${value}` : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {Backtest} run */
export function exportTrades(run) {
  const rows = (run.result?.trade_log ?? []).map((trade) => COLUMNS.map(([, of]) => cell(of(trade))).join(","));
  save(new Blob([`${[COLUMNS.map(([name]) => name).join(","), ...rows].join("\n")}\n`], { type: "text/csv" }), `${nameOf(run)}.csv`);
}

/** @param {Backtest} run */
export const exportResult = (run) => save(new Blob([JSON.stringify(run, null, 2)], { type: "application/json" }), `${nameOf(run)}.json`);

/** @param {Blob} file @param {string} name */
function save(file, name) {
  saveFile(file, name);
  toast(`Saved ${name}`, "good");
}
