/** What ended trades of traders amount to, for what the address narrows to; paper and live are read beside one another, never summed. */
import * as api from "../api-ai-performance.js";
import { batch, signal } from "../lib/html.js";
import { ConnectionLost, fieldErrors, sentence } from "../lib/problems.js";
import { saveFile } from "../lib/save-file.js";
import { onForget } from "./forget.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes-ai-performance.js").AiPerformance} AiPerformance */
/** @typedef {{ from: string, to: string, trader: string, mode: string, tag: string }} Asked empty: all, of `from` the last 30 days */

export const aiPerformance = signal(/** @type {AiPerformance | null} */ (null));
/** Both kinds of money, for one table. */
export const bothKinds = signal(/** @type {Pick<AiPerformance, "paper" | "live"> | null} */ (null));
export const aiPerformanceError = signal(/** @type {string | null} */ (null));
/** What is wrong with a filter, by its name. */
export const aiPerformanceFaults = signal(/** @type {Record<string, string>} */ ({}));
export const isReading = signal(false);

/** @type {Map<string, { etag: string | null, figures: AiPerformance }>} */
let known = new Map();
let reading = 0;

/** @param {Asked} asked */
const query = ({ from, to, trader, mode, tag }) => ({ from: from || null, to: to || null, trader: trader || null, mode: mode || "paper", tag: tag.trim() || null });

/** @param {Record<string, string | null>} asked */
async function readOnce(asked) {
  const text = JSON.stringify(asked);
  const before = known.get(text);
  const read = await api.readAiPerformance(asked, before?.etag ?? null);
  if (read === null) return /** @type {AiPerformance} */ (before?.figures);
  known.set(text, read);
  return read.figures;
}

/** A reading that is overtaken by another is dropped. @param {Asked} asked */
export async function readAiPerformance(asked) {
  reading += 1;
  const mine = reading;
  isReading.value = true;
  try {
    const [figures, both] = await Promise.all([readOnce(query(asked)), readOnce({ ...query(asked), mode: null })]);
    if (mine !== reading) return;
    batch(() => {
      aiPerformance.value = figures;
      bothKinds.value = { paper: both.paper, live: both.live };
      aiPerformanceError.value = null;
      aiPerformanceFaults.value = {};
    });
  } catch (error) {
    if (mine !== reading) return;
    const faults = fieldErrors(error);
    const isOfFilter = ["from", "to", "tag", "trader"].some((name) => name in faults);
    batch(() => {
      aiPerformanceFaults.value = isOfFilter ? faults : {};
      aiPerformanceError.value = isOfFilter ? null : sentence(error);
    });
  } finally {
    if (mine === reading) isReading.value = false;
  }
}

/** @param {Asked} asked */
export async function saveLots(asked) {
  try {
    const { file, name } = await api.exportLots(query(asked));
    saveFile(file, name || "papertape-coin-lots.csv");
    toast("Saved the lots", "good");
  } catch (error) {
    toast(error instanceof ConnectionLost ? "The file could not be fetched. Try a shorter span of dates." : sentence(error), "bad");
  }
}

onForget(() => {
  reading += 1;
  known = new Map();
  batch(() => {
    aiPerformance.value = null;
    bothKinds.value = null;
    aiPerformanceError.value = null;
    aiPerformanceFaults.value = {};
    isReading.value = false;
  });
});
