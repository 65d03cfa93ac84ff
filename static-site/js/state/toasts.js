/** Short messages that come and go. */
import { signal } from "../lib/html.js";

const SHOWN_MS = { plain: 6_000, good: 6_000, loss: 10_000, bad: 15_000 };
const TOASTS_MAX = 4;

/** Where a message leads. @typedef {{ text: string, href: string }} Way */
/** @typedef {{ id: number, text: string, tone: "plain" | "good" | "loss" | "bad", way: Way | null }} Toast */
/** @type {import("../../vendor/signals.js").Signal<Toast[]>} */
export const toasts = signal([]);

let lastId = 0;

/** @param {string} text @param {Toast["tone"]} [tone] @param {Way | null} [way] */
export function toast(text, tone = "plain", way = null) {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value, { id, text, tone, way }].slice(-TOASTS_MAX);
  setTimeout(() => dismiss(id), SHOWN_MS[tone]);
}

/** @param {number} id */
export function dismiss(id) {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}
