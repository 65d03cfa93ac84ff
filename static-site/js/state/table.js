/** How the table of open positions stands on this device: its order, groups, columns, density; its filters are the address'. */
import { computed } from "../lib/html.js";
import { COLUMNS } from "../lib/positions.js";
import { prefer, preferences } from "./device.js";
import { narrow, params, view } from "./route.js";

/** @typedef {import("../lib/positions.js").Sort} Sort */

/** @type {import("../../vendor/signals.js").ReadonlySignal<Sort | null>} */
export const sort = computed(() => {
  const kept = /** @type {any} */ (preferences.value.sort);
  const isKnown = COLUMNS.some(({ name, value }) => name === kept?.by && value !== undefined);
  return isKnown ? { by: String(kept.by), isDown: kept.isDown === true } : null;
});
export const isGrouped = computed(() => preferences.value.grouped === true);
export const isCompact = computed(() => preferences.value.compact === true);

/** The columns that are shown, in their order. */
export const columns = computed(() => {
  const kept = /** @type {any} */ (preferences.value.columns);
  const chosen = kept !== null && typeof kept === "object" ? kept : {};
  return COLUMNS.filter(({ name, choice }) => choice === undefined || (chosen[name] ?? choice === "shown"));
});

/** What narrows the table: words anywhere in a row, and one quick filter. */
export const narrowed = computed(() => {
  const { q = "", only = "" } = view.value === "positions" ? params.value : {};
  return { words: q, only };
});

/** Down first, then up, then as they came. @param {string} by */
export function sortBy(by) {
  const before = sort.value;
  if (before?.by !== by) prefer("sort", { by, isDown: by !== "contract" && by !== "dte" });
  else if (before.isDown === (by !== "contract" && by !== "dte")) prefer("sort", { by, isDown: !before.isDown });
  else prefer("sort", null);
}

/** @param {string} name @param {boolean} isShown */
export function showColumn(name, isShown) {
  const shown = new Set(columns.value.map((column) => column.name));
  const choices = COLUMNS.filter(({ choice }) => choice !== undefined).map((column) => [column.name, column.name === name ? isShown : shown.has(column.name)]);
  prefer("columns", Object.fromEntries(choices));
}

/** @param {string} words */
export const narrowByWords = (words) => narrow({ ...params.value, q: words });

/** The quick filter, or none when it is chosen again. @param {string} only */
export const narrowTo = (only) => narrow({ ...params.value, only: narrowed.value.only === only ? "" : only });

export const showAllRows = () => narrow({});
