/** Ended trades: filters, and the pages read so far. */
import * as api from "../api.js";
import { batch, signal } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";

const PAGE_SIZE = 50;

export const RESULTS = /** @type {const} */ (["wins", "losses", "expired"]);
export const NO_FILTERS = { results: /** @type {string[]} */ ([]), ticker: "", strategy: "", from: "", to: "" };

export const filters = signal(NO_FILTERS);
export const endedTrades = signal(/** @type {import("../shapes.js").Trade[] | null} */ (null));
export const hasMore = signal(false);
export const isReadingHistory = signal(false);
export const historyError = signal(/** @type {string | null} */ (null));
/** What is wrong with a filter, by its name. */
export const historyFaults = signal(/** @type {Record<string, string>} */ ({}));

/** @type {string | null} */
let cursor = null;
let reading = 0;

/** @param {Partial<typeof NO_FILTERS>} change */
export function setFilters(change) {
  filters.value = { ...filters.value, ...change };
  void readHistory();
}

/** Read the first page for the filters; an older reading that is overtaken is dropped. */
export const readHistory = () => read(null);
export const readMoreHistory = () => read(cursor);

/** @param {string | null} from */
async function read(from) {
  reading += 1;
  const mine = reading;
  isReadingHistory.value = true;
  try {
    const answer = await api.readHistory({ ...query(), cursor: from, limit: PAGE_SIZE });
    if (mine !== reading) return;
    cursor = answer.next_cursor;
    batch(() => {
      endedTrades.value = from === null ? answer.items : [...(endedTrades.value ?? []), ...answer.items];
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

/** The filters as the contract names them; without any, null. */
export function query() {
  const { results, ticker, strategy, from, to } = filters.value;
  return {
    result: results.length === 0 || results.length === RESULTS.length ? null : results.join(","),
    ticker: ticker.trim().toUpperCase() || null,
    strategy: strategy.trim() || null,
    from: from || null,
    to: to || null,
  };
}

export function forgetHistory() {
  reading += 1;
  cursor = null;
  batch(() => {
    filters.value = NO_FILTERS;
    endedTrades.value = null;
    hasMore.value = false;
    historyError.value = null;
    historyFaults.value = {};
  });
}
