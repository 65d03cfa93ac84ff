/**
 * What this device remembers by itself, for all its tabs: whether it is muted, and whose ends it has told of. Never
 * anything secret. This module alone touches the browser's storage; where there is none, a page remembers for itself.
 */
import { signal } from "../lib/html.js";

const KEY = "papertape.device";
const TOLD_MAX = 200;

/** @typedef {{ muted: boolean, told: string[] }} Remembered */

/** @type {Remembered} */
let inMemory = { muted: false, told: [] };

export const isMuted = signal(read().muted);

window.addEventListener("storage", (event) => {
  if (event.key === KEY) isMuted.value = read().muted;
});

/** @param {boolean} muted */
export function setMuted(muted) {
  isMuted.value = muted;
  write({ ...read(), muted });
}

/** Whether this caller is the first on this device to tell of something; from then on nobody else is. @param {string} news */
export function claimNews(news) {
  const known = read();
  if (known.told.includes(news)) return false;
  write({ ...known, told: [...known.told, news].slice(-TOLD_MAX) });
  return true;
}

/** @returns {Remembered} */
function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (kept === null) return inMemory;
    return { muted: kept.muted === true, told: Array.isArray(kept.told) ? kept.told.filter(isText) : [] };
  } catch {
    return inMemory; // storage is switched off, or somebody wrote nonsense into it
  }
}

/** @param {Remembered} kept */
function write(kept) {
  inMemory = kept;
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // full or switched off: what is in memory serves this page
  }
}

/** A declaration, since this module reads while it is still being evaluated. @param {unknown} value */
function isText(value) {
  return typeof value === "string";
}
