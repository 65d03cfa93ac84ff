/** Ended trades: what narrows and orders them (the address keeps it), the pages read so far, and what all of them amount to. */
import * as api from "../api.js";
import { batch, effect, signal } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { narrow, params, view } from "./route.js";

const PAGE_SIZE = 50;

export const RESULTS = /** @type {const} */ (["wins", "losses", "expired"]);
/** As the address has them, and the contract: results a comma list. */
export const NO_FILTERS = { result: "", ticker: "", strategy: "", from: "", to: "", mode: "", option_type: "", originator: "", tag: "", q: "" };
/** @typedef {typeof NO_FILTERS} Filters */
export const NEWEST = "newest";

export const filters = signal(NO_FILTERS);
export const order = signal(NEWEST);
export const endedTrades = signal(/** @type {import("../shapes.js").Trade[] | null} */ (null));
/** Of all that the filters let through. */
export const totals = signal(/** @type {import("../shapes.js").HistoryTotals | null} */ (null));
export const hasMore = signal(false);
export const isReadingHistory = signal(false);
export const historyError = signal(/** @type {string | null} */ (null));
/** What is wrong with a filter, by its name. */
export const historyFaults = signal(/** @type {Record<string, string>} */ ({}));

/** @type {string | null} */
let cursor = null;
let reading = 0;

effect(() => {
  if (view.value !== "history") return;
  const found = Object.fromEntries(Object.keys(NO_FILTERS).map((name) => [name, params.value[name] ?? ""]));
  batch(() => {
    if (JSON.stringify(found) !== JSON.stringify(filters.peek())) filters.value = /** @type {Filters} */ (found);
    order.value = params.value.sort ?? NEWEST;
  });
});

export const isFiltered = () => Object.values(filters.value).some((value) => value !== "");

/** @param {Partial<Filters>} change */
export const setFilters = (change) => narrow({ ...filters.value, ...change, sort: order.value === NEWEST ? "" : order.value });

/** @param {string} sort */
export const orderBy = (sort) => narrow({ ...filters.value, sort: sort === NEWEST ? "" : sort });

/** Read the first page for the filters; an older reading that is overtaken is dropped. */
export const readHistory = () => read(null);
export const readMoreHistory = () => read(cursor);

/** @param {string | null} from */
async function read(from) {
  reading += 1;
  const mine = reading;
  isReadingHistory.value = true;
  try {
    const answer = await api.readHistory({ ...query(), sort: order.value, cursor: from, limit: PAGE_SIZE, totals: from === null ? "true" : null });
    if (mine !== reading) return;
    cursor = answer.next_cursor;
    batch(() => {
      endedTrades.value = from === null ? answer.items : [...(endedTrades.value ?? []), ...answer.items];
      if (answer.totals !== null) totals.value = answer.totals;
      hasMore.value = answer.next_cursor !== null;
      historyError.value = null;
      historyFaults.value = {};
    });
  } catch (error) {
    if (mine === reading) tell(error);
  } finally {
    if (mine === reading) isReadingHistory.value = false;
  }
}

/** @param {unknown} error */
function tell(error) {
  const faults = fieldErrors(error);
  const isOfFilter = Object.keys(faults).some((name) => name in NO_FILTERS);
  batch(() => {
    historyFaults.value = isOfFilter ? faults : {};
    historyError.value = isOfFilter ? null : sentence(error);
  });
}

/** The filters as the contract names them; without any, null. @returns {Record<string, string | null>} */
export function query() {
  const { result, ticker, ...rest } = filters.value;
  const chosen = result.split(",").filter((each) => RESULTS.some((known) => known === each));
  const cleaned = Object.entries(rest).map(([name, value]) => [name, value.trim() || null]);
  return {
    ...Object.fromEntries(cleaned),
    result: chosen.length === 0 || chosen.length === RESULTS.length ? null : chosen.join(","),
    ticker: ticker.trim().toUpperCase() || null,
  };
}

export function forgetHistory() {
  reading += 1;
  cursor = null;
  batch(() => {
    filters.value = NO_FILTERS;
    order.value = NEWEST;
    endedTrades.value = null;
    totals.value = null;
    hasMore.value = false;
    historyError.value = null;
    historyFaults.value = {};
  });
}
