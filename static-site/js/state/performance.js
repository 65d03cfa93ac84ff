/** What the ended trades amount to: filters, and the figures as last read for them. */
import * as api from "../api.js";
import { batch, signal } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";

export const NO_FILTERS = { from: "", to: "", ticker: "", strategy: "", mode: "" };
/** @typedef {typeof NO_FILTERS} Filters */

export const performanceFilters = signal(NO_FILTERS);
export const performance = signal(/** @type {import("../shapes-performance.js").Performance | null} */ (null));
export const performanceError = signal(/** @type {string | null} */ (null));
/** What is wrong with a filter, by its name. */
export const performanceFaults = signal(/** @type {Record<string, string>} */ ({}));
export const isReadingPerformance = signal(false);

/** @type {string | null} */
let etag = null;
let reading = 0;

export const isFiltered = () => Object.values(performanceFilters.value).some((value) => value !== "");

/** @param {Partial<Filters>} change */
export function setPerformanceFilters(change) {
  performanceFilters.value = { ...performanceFilters.value, ...change };
  etag = null;
  void readPerformance();
}

/** Read the figures for the filters; a reading that is overtaken by another is dropped. */
export async function readPerformance() {
  reading += 1;
  const mine = reading;
  isReadingPerformance.value = true;
  try {
    const read = await api.readPerformance(query(), etag);
    if (mine !== reading) return;
    batch(() => {
      if (read !== null) performance.value = read.figures;
      performanceError.value = null;
      performanceFaults.value = {};
    });
    etag = read?.etag ?? etag;
  } catch (error) {
    if (mine === reading) tell(error);
  } finally {
    if (mine === reading) isReadingPerformance.value = false;
  }
}

/** @param {unknown} error */
function tell(error) {
  const faults = fieldErrors(error);
  const isOfFilter = Object.keys(faults).some((name) => name in NO_FILTERS);
  batch(() => {
    performanceFaults.value = isOfFilter ? faults : {};
    performanceError.value = isOfFilter ? null : sentence(error);
  });
}

function query() {
  const { from, to, ticker, strategy, mode } = performanceFilters.value;
  return {
    from: from || null,
    to: to || null,
    ticker: ticker.trim().toUpperCase() || null,
    strategy: strategy.trim() || null,
    mode: mode || null,
  };
}

export function forgetPerformance() {
  reading += 1;
  etag = null;
  batch(() => {
    performanceFilters.value = NO_FILTERS;
    performance.value = null;
    performanceError.value = null;
    performanceFaults.value = {};
    isReadingPerformance.value = false;
  });
}
