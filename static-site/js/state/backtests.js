/** Backtests: the list, what each came to, and how far those came that are under way. */
import * as api from "../api-backtests.js";
import { readStrategies } from "../api-desk.js";
import { isUnderWay } from "../lib/backtest-words.js";
import { batch, computed, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { isOnline } from "./tick.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes-backtests.js").BacktestRow} BacktestRow */
/** @typedef {import("../shapes-backtests.js").Backtest} Backtest */
/** @typedef {import("../shapes-backtests.js").BacktestResult} BacktestResult */
/** @typedef {import("../shapes-desk-more.js").Strategy} Strategy */

const LOOK_AGAIN_MS = 1_500;

export const runs = signal(/** @type {BacktestRow[] | null} */ (null));
export const runsError = signal(/** @type {string | null} */ (null));
export const hasOlderRuns = signal(false);
/** Read whole, by their id. */
export const opened = signal(/** @type {ReadonlyMap<string, Backtest>} */ (new Map()));
/** Why one could not be read, by its id. */
export const openErrors = signal(/** @type {ReadonlyMap<string, string>} */ (new Map()));
/** Runs that are being canceled. */
export const canceling = signal(/** @type {ReadonlySet<string>} */ (new Set()));
/** What can be tested. */
export const testable = signal(/** @type {Strategy[] | null} */ (null));
export const testableError = signal(/** @type {string | null} */ (null));

/** What was loaded to test over. */
export const sets = signal(/** @type {import("../shapes-backtests.js").BacktestSet[] | null} */ (null));
export const setsError = signal(/** @type {string | null} */ (null));

export const underWay = computed(() => (runs.value ?? []).filter(isUnderWay));

/** @type {string | null} */
let cursor = null;

/** The newest ones. */
export async function readRuns() {
  try {
    const { items, next_cursor } = await api.readBacktests(null);
    cursor = next_cursor;
    batch(() => {
      runs.value = items;
      hasOlderRuns.value = next_cursor !== null;
      runsError.value = null;
    });
  } catch (error) {
    runsError.value = sentence(error);
  }
}

export async function readOlderRuns() {
  try {
    const older = await api.readBacktests(cursor);
    cursor = older.next_cursor;
    batch(() => {
      runs.value = [...(runs.value ?? []), ...older.items];
      hasOlderRuns.value = cursor !== null;
    });
  } catch (error) {
    toast(sentence(error), "bad");
  }
}

/** One whole. @param {string} id */
export async function readRun(id) {
  try {
    take(await api.readBacktest(id));
  } catch (error) {
    openErrors.value = new Map([...openErrors.value, [id, sentence(error)]]);
  }
}

export async function readTestable() {
  try {
    testable.value = (await readStrategies()).items;
    testableError.value = null;
  } catch (error) {
    testableError.value = sentence(error);
  }
}

export async function readSets() {
  try {
    sets.value = (await api.readSets()).items;
    setsError.value = null;
  } catch (error) {
    setsError.value = sentence(error);
  }
}

/** Have one tested; raises what the form has to tell. @param {object} body @param {string} key @returns {Promise<string>} its id */
export async function ask(body, key) {
  const asked = await api.askBacktest(body, key);
  take(asked);
  return asked.id;
}

/** @param {BacktestRow} run */
export async function cancel(run) {
  canceling.value = new Set([...canceling.value, run.id]);
  try {
    const ended = await api.cancelBacktest(run.id);
    take(ended);
    toast(ended.status === "canceled" ? `The backtest of ${run.request.strategy.name} is canceled` : `It was over before: ${run.request.strategy.name}`, "plain");
  } catch (error) {
    toast(sentence(error), "bad");
  } finally {
    canceling.value = new Set([...canceling.value].filter((id) => id !== run.id));
  }
}

/** Look how far runs came for as long as their view is shown. @returns {() => void} how to stop */
export function watchRuns() {
  let isOver = false;
  /** @type {number} */
  let timer;
  const look = async () => {
    if (!document.hidden && isOnline.value) for (const { id } of underWay.value) await readRun(id);
    if (!isOver) timer = setTimeout(look, LOOK_AGAIN_MS);
  };
  timer = setTimeout(look, LOOK_AGAIN_MS);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** @param {Backtest} read */
function take(read) {
  const { result: _, reason: __, ...row } = read;
  const known = runs.value;
  batch(() => {
    opened.value = new Map([...opened.value, [read.id, read]]);
    if (openErrors.value.has(read.id)) openErrors.value = new Map([...openErrors.value].filter(([id]) => id !== read.id));
    if (known !== null) runs.value = known.some(({ id }) => id === read.id) ? known.map((each) => (each.id === read.id ? row : each)) : isUnderWay(row) ? [row, ...known] : known;
  });
}

onForget(() => {
  cursor = null;
  batch(() => {
    runs.value = null;
    runsError.value = null;
    hasOlderRuns.value = false;
    opened.value = new Map();
    openErrors.value = new Map();
    canceling.value = new Set();
    testable.value = null;
    testableError.value = null;
    sets.value = null;
    setsError.value = null;
  });
});
