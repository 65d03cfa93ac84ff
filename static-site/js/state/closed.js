/** Trades of traders that have ended, newest first. */
import * as api from "../api-trading.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";

export const closed = signal(/** @type {import("../shapes.js").Trade[] | null} */ (null));
export const hasOlderClosed = signal(false);
export const closedError = signal(/** @type {string | null} */ (null));
export const isReadingClosed = signal(false);

/** @type {string | null} */
let cursor = null;
let reading = 0;

export const readClosed = () => read(null);
export const readOlderClosed = () => read(cursor);

/** @param {string | null} from */
async function read(from) {
  reading += 1;
  const mine = reading;
  isReadingClosed.value = true;
  try {
    const { items, next_cursor } = await api.readClosed(from);
    if (mine !== reading) return;
    cursor = next_cursor;
    batch(() => {
      closed.value = from === null ? items : [...(closed.value ?? []), ...items];
      hasOlderClosed.value = next_cursor !== null;
      closedError.value = null;
    });
  } catch (error) {
    if (mine === reading) closedError.value = sentence(error);
  } finally {
    if (mine === reading) isReadingClosed.value = false;
  }
}

onForget(() => {
  reading += 1;
  cursor = null;
  batch(() => {
    closed.value = null;
    hasOlderClosed.value = false;
    closedError.value = null;
    isReadingClosed.value = false;
  });
});
