/** Taking one's trades along as a file: just what the history shows, or all of it. */
import * as api from "../api.js";
import { signal } from "../lib/html.js";
import { ConnectionLost, sentence } from "../lib/problems.js";
import { saveFile } from "../lib/save-file.js";
import { toast } from "./toasts.js";

/** @typedef {"csv" | "json"} Format */
/** The format that is being fetched; null while none is. */
export const exporting = signal(/** @type {Format | null} */ (null));

/** @param {Format} format @param {Record<string, string | null>} shown what narrows the history; nothing: all that has ended */
export async function exportTrades(format, shown) {
  if (exporting.value !== null) return;
  exporting.value = format;
  const set = Object.entries(shown).flatMap(([name, value]) => (value === null ? [] : [/** @type {[string, string]} */ ([name, value])]));
  try {
    const { file, name } = await api.exportTrades({ format, status: "CLOSED", history: set.length === 0 ? null : new URLSearchParams(set).toString() });
    const saved = name || `papertape-trades.${format}`;
    saveFile(file, saved);
    toast(`Saved ${saved}`, "good");
  } catch (error) {
    const text = error instanceof ConnectionLost ? "The file could not be fetched. Try a shorter span of dates." : sentence(error);
    toast(`Export: ${text}`, "bad");
  } finally {
    exporting.value = null;
  }
}
