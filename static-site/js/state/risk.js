/** The book as it was worked out last, and how it went; renewed with each minute's book. */
import * as api from "../api-risk.js";
import { batch, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { market, serverNow } from "./clock.js";
import { onForget } from "./forget.js";
import { effectiveMode } from "./settings.js";

/** @typedef {import("../shapes-risk.js").RiskBook} RiskBook */
/** @typedef {import("../shapes-risk.js").RiskPicture} RiskPicture */
/** @typedef {"day" | "month"} Span */

const MONTH_MS = 30 * 86_400_000;

export const risk = signal(/** @type {RiskBook | null} */ (null));
export const riskError = signal(/** @type {string | null} */ (null));
export const riskHistory = signal(/** @type {RiskBook[] | null} */ (null));
export const riskSpan = signal(/** @type {Span} */ ("day"));

export const riskPicture = signal(/** @type {RiskPicture | null} */ (null));
export const riskPictureError = signal(/** @type {string | null} */ (null));
/** How many days on the picture is. */
export const pictureDays = signal(0);

let historyIsOf = "";
let picturing = 0;

export async function readRisk() {
  try {
    risk.value = await api.readRisk(effectiveMode.value);
    riskError.value = null;
    await Promise.all([readHistory(), readPicture()]);
  } catch (error) {
    riskError.value = sentence(error);
  }
}

async function readPicture() {
  picturing += 1;
  const mine = picturing;
  try {
    const found = await api.readRiskPicture(effectiveMode.value, pictureDays.value);
    if (mine !== picturing) return;
    riskPicture.value = found;
    riskPictureError.value = null;
  } catch (error) {
    if (mine === picturing) riskPictureError.value = sentence(error);
  }
}

/** @param {number} days */
export function showDays(days) {
  pictureDays.value = days;
  void readPicture();
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
  picturing += 1;
  batch(() => {
    riskPicture.value = null;
    riskPictureError.value = null;
    pictureDays.value = 0;
    risk.value = null;
    riskError.value = null;
    riskHistory.value = null;
    riskSpan.value = "day";
  });
});
