/** What the ended trades amount to: filters, which the address keeps, and the figures as last read for them. */
import * as api from "../api.js";
import { batch, computed, effect, signal } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { narrow, params, view } from "./route.js";
import { effectiveMode } from "./settings.js";

export const NO_FILTERS = { from: "", to: "", ticker: "", strategy: "", mode: "" };
/** `mode` empty is the mode in use: results of another account or of a file are their owner's choice. @typedef {typeof NO_FILTERS} Filters */
/** Every mode together. */
export const ANY_MODE = "ANY";

export const performanceFilters = signal(NO_FILTERS);
export const performance = signal(/** @type {import("../shapes-performance.js").Performance | null} */ (null));
export const performanceError = signal(/** @type {string | null} */ (null));
/** What is wrong with a filter, by its name. */
export const performanceFaults = signal(/** @type {Record<string, string>} */ ({}));
export const isReadingPerformance = signal(false);

/** Whose trades are looked at; ANY_MODE: everybody's. */
export const scope = computed(() => performanceFilters.value.mode || (effectiveMode.value ?? ANY_MODE));

/** @type {string | null} */
let etag = null;
let etagIsFor = "";
let reading = 0;

effect(() => {
  if (view.value !== "performance") return;
  const found = /** @type {Filters} */ (Object.fromEntries(Object.keys(NO_FILTERS).map((name) => [name, params.value[name] ?? ""])));
  if (JSON.stringify(found) !== JSON.stringify(performanceFilters.peek())) performanceFilters.value = found;
});

export const isFiltered = () => Object.values(performanceFilters.value).some((value) => value !== "");

/** @param {Partial<Filters>} change */
export const setPerformanceFilters = (change) => narrow({ ...params.value, ...performanceFilters.value, ...change });

/** Read the figures for the filters; a reading that is overtaken by another is dropped. */
export async function readPerformance() {
  reading += 1;
  const mine = reading;
  isReadingPerformance.value = true;
  const asked = query();
  const text = JSON.stringify(asked);
  try {
    const read = await api.readPerformance(asked, etagIsFor === text ? etag : null);
    if (mine !== reading) return;
    batch(() => {
      if (read !== null) performance.value = read.figures;
      performanceError.value = null;
      performanceFaults.value = {};
    });
    etag = read?.etag ?? etag;
    etagIsFor = text;
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

/** What the filters ask for, as calls take it. */
export function query() {
  const { from, to, ticker, strategy } = performanceFilters.value;
  return {
    from: from || null,
    to: to || null,
    ticker: ticker.trim().toUpperCase() || null,
    strategy: strategy.trim() || null,
    mode: scope.value === ANY_MODE ? null : scope.value,
  };
}

onForget(() => {
  reading += 1;
  etag = null;
  batch(() => {
    performanceFilters.value = NO_FILTERS;
    performance.value = null;
    performanceError.value = null;
    performanceFaults.value = {};
    isReadingPerformance.value = false;
  });
});
