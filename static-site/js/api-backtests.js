/** The calls of the backtests' view. */
import { BASE, newKey, read, safe } from "./api.js";
import { items, page } from "./shapes.js";
import { backtest, backtestRow, backtestSet, shadowReport } from "./shapes-backtests.js";

const RUNS_A_PAGE = 30;

/** Newest first, without their results. @param {string | null} cursor */
export const readBacktests = (cursor) => read({ path: `${BASE}/backtests`, query: { limit: RUNS_A_PAGE, cursor } }, page(backtestRow));

/** What was loaded to test over. */
export const readSets = () => read({ path: `${BASE}/backtests/sets` }, items(backtestSet));

/** @param {string} id */
export const readBacktest = (id) => read({ path: `${BASE}/backtests/${safe(id)}` }, backtest);

/** @param {object} body @param {string} key */
export const askBacktest = (body, key) => read({ path: `${BASE}/backtests`, method: "POST", body, key }, backtest);

/** @param {string} id */
export const cancelBacktest = (id) => read({ path: `${BASE}/backtests/${safe(id)}`, method: "DELETE", key: newKey() }, backtest);

/** @param {number} days */
export const readShadows = (days) => read({ path: `${BASE}/reports/shadow`, query: { days } }, shadowReport);
