/** What other stops and targets would have made of the trades that the performance shows, as read last. */
import { readBrackets as read } from "../api-brackets.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { query } from "./performance.js";

/** @typedef {import("../shapes-brackets.js").Brackets} Brackets */

export const brackets = signal(/** @type {Brackets | null} */ (null));
export const bracketsError = signal(/** @type {string | null} */ (null));
export const isReadingBrackets = signal(false);
let reading = 0;

/** @param {{ sl: string, tp: string }} point empty: none */
export async function readBrackets({ sl, tp }) {
  reading += 1;
  const mine = reading;
  isReadingBrackets.value = true;
  try {
    const found = await read({ ...query(), sl: sl || null, tp: tp || null });
    if (mine !== reading) return;
    batch(() => {
      brackets.value = found;
      bracketsError.value = null;
    });
  } catch (error) {
    if (mine === reading) bracketsError.value = sentence(error);
  } finally {
    if (mine === reading) isReadingBrackets.value = false;
  }
}

onForget(() => {
  reading += 1;
  batch(() => {
    brackets.value = null;
    bracketsError.value = null;
    isReadingBrackets.value = false;
  });
});
