/** The book as it was worked out last, and how it went; renewed with each minute's book. */
import * as api from "../api-risk.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { market, serverNow } from "./clock.js";
import { onForget } from "./forget.js";
import { effectiveMode } from "./settings.js";

/** @typedef {import("../shapes-risk.js").RiskBook} RiskBook */
/** @typedef {"day" | "month"} Span */

const MONTH_MS = 30 * 86_400_000;

export const risk = signal(/** @type {RiskBook | null} */ (null));
export const riskError = signal(/** @type {string | null} */ (null));
export const riskHistory = signal(/** @type {RiskBook[] | null} */ (null));
export const riskSpan = signal(/** @type {Span} */ ("day"));

let historyIsOf = "";

export async function readRisk() {
  try {
    risk.value = await api.readRisk(effectiveMode.value);
    riskError.value = null;
    await readHistory();
  } catch (error) {
    riskError.value = sentence(error);
  }
}

/** Once for each book, mode and span. */
async function readHistory() {
  const wanted = `${effectiveMode.value} ${riskSpan.value} ${risk.value?.as_of}`;
  if (wanted === historyIsOf) return;
  const since = riskSpan.value === "day" ? (market.value?.session.opened_at ?? null) : null;
  const { items } = await api.readRiskHistory(effectiveMode.value, since ?? new Date(serverNow() - MONTH_MS).toISOString());
  historyIsOf = wanted;
  riskHistory.value = items;
}

/** @param {Span} span */
export function showSpan(span) {
  riskSpan.value = span;
  void readRisk();
}

onForget(() => {
  historyIsOf = "";
  batch(() => {
    risk.value = null;
    riskError.value = null;
    riskHistory.value = null;
    riskSpan.value = "day";
  });
});
