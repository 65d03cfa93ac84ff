/** Short messages that come and go. */
import { signal } from "../lib/html.js";

const SHOWN_MS = 6_000;
const SHOWN_ERROR_MS = 15_000;
const TOASTS_MAX = 4;

/** @typedef {{ id: number, text: string, tone: "plain" | "good" | "bad" }} Toast */
/** @type {import("../../vendor/signals.js").Signal<Toast[]>} */
export const toasts = signal([]);

let lastId = 0;

/** @param {string} text @param {Toast["tone"]} [tone] */
export function toast(text, tone = "plain") {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value, { id, text, tone }].slice(-TOASTS_MAX);
  setTimeout(() => dismiss(id), tone === "bad" ? SHOWN_ERROR_MS : SHOWN_MS);
}

/** @param {number} id */
export function dismiss(id) {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}
