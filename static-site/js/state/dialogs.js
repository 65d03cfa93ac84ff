/** What the user is deciding: a close in a dialog, an adjustment or another entry price under its row; about the trade as it was seen then. */
import { signal } from "../lib/html.js";

/** @typedef {{ kind: "close" | "adjust" | "reprice", trade: import("../shapes.js").Trade }} Question */
export const question = signal(/** @type {Question | null} */ (null));

/** @param {Question["kind"]} kind @param {Question["trade"]} trade */
export function openDialog(kind, trade) {
  question.value = { kind, trade };
}

export function closeDialog() {
  question.value = null;
}
