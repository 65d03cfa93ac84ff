/**
 * What this device remembers, for all its tabs: whether it is muted, how tables look, the theme, and whose ends it has
 * told of. Never anything secret. This module alone touches the browser's storage; where there is none, a page remembers for itself.
 */
import { signal } from "../lib/html.js";

const KEY = "papertape.device";
const TOLD_MAX = 200;

/** How the page looks and what it proposes here; each has its own reader, which minds nonsense. @typedef {Record<string, unknown>} Preferences */
/** @typedef {{ muted: boolean, told: string[], preferences: Preferences }} Remembered */

/** @type {Remembered} */
let inMemory = { muted: false, told: [], preferences: {} };

export const isMuted = signal(read().muted);
export const preferences = signal(read().preferences);

window.addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  const kept = read();
  isMuted.value = kept.muted;
  preferences.value = kept.preferences;
});

/** @param {string} name @param {unknown} value */
export function prefer(name, value) {
  const kept = read();
  preferences.value = { ...kept.preferences, [name]: value };
  write({ ...kept, preferences: preferences.value });
}

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
    return {
      muted: kept.muted === true,
      told: Array.isArray(kept.told) ? kept.told.filter(isText) : [],
      preferences: kept.preferences !== null && typeof kept.preferences === "object" ? kept.preferences : {},
    };
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
