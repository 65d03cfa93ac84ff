/** What happened lately, read when its view is shown: open trades, the newest that ended, their changes, imports. */
import * as api from "../api.js";
import { computed, signal } from "../lib/html.js";
import { eventsOf } from "../lib/activity.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { openTrades } from "./portfolio.js";

/** @typedef {import("../shapes.js").Trade} Trade */

const PAGE_SIZE = 50;
/** Changes are read trade by trade: of so many that have some, the newest first. */
const CHANGED_MAX = 15;

const ended = signal(/** @type {Trade[] | null} */ (null));
const imports = signal(/** @type {import("../shapes-import.js").PastImport[]} */ ([]));
const changes = signal(/** @type {ReadonlyMap<string, import("../shapes.js").Change[]>} */ (new Map()));
export const activityError = signal(/** @type {string | null} */ (null));
export const hasOlderActivity = signal(false);

/** @type {string | null} */
let cursor = null;

/** Null until it is read. */
export const activity = computed(() => {
  if (ended.value === null) return null;
  const known = [...(openTrades.value ?? []), ...ended.value].map((trade) => ({ ...trade, changes: changes.value.get(trade.id) ?? null }));
  return eventsOf(known, imports.value);
});

export const readActivity = () => read(null);
export const readOlderActivity = () => read(cursor);

/** @param {string | null} from */
async function read(from) {
  try {
    const [page, past] = await Promise.all([api.readHistory({ limit: PAGE_SIZE, cursor: from }), from === null ? api.readImports() : null]);
    cursor = page.next_cursor;
    ended.value = from === null ? page.items : [...(ended.value ?? []), ...page.items];
    hasOlderActivity.value = page.next_cursor !== null;
    if (past !== null) imports.value = past.items;
    activityError.value = null;
    await readChanges([...(from === null ? (openTrades.value ?? []) : []), ...page.items]);
  } catch (error) {
    activityError.value = sentence(error);
  }
}

/** @param {Trade[]} trades */
async function readChanges(trades) {
  const changed = trades.filter(({ override_count: count }) => (count ?? 0) > 0).slice(0, CHANGED_MAX);
  const read = await Promise.all(changed.map(async ({ id }) => /** @type {const} */ ([id, (await api.readChanges(id)).items])));
  changes.value = new Map([...changes.value, ...read]);
}

onForget(() => {
  cursor = null;
  ended.value = null;
  imports.value = [];
  changes.value = new Map();
  activityError.value = null;
  hasOlderActivity.value = false;
});
