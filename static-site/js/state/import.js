/** Importing past trades from a file: looked at first, imported when its owner says so. */
import * as api from "../api.js";
import { batch, signal } from "../lib/html.js";
import { ApiProblem, sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { readHistory } from "./history.js";
import { toast } from "./toasts.js";

export const isImportOpen = signal(false);
export const importReport = signal(/** @type {import("../shapes-import.js").ImportReport | null} */ (null));
export const importError = signal(/** @type {string | null} */ (null));
export const isImporting = signal(false);
/** The file that was chosen, as it came. */
export const fileText = signal("");

/** What was imported before; null until it is read. */
export const pastImports = signal(/** @type {import("../shapes-import.js").PastImport[] | null} */ (null));

/** The file that was looked at, and the key of its taking over: pressing twice takes it over once. */
let looked = { csv: "", key: "" };
let reading = 0;

export function openImport() {
  clear();
  isImportOpen.value = true;
  void readImports();
}

async function readImports() {
  try {
    pastImports.value = (await api.readImports()).items;
  } catch {
    pastImports.value = null; // the list is a help beside the file: without it the import works as before
  }
}

/** Remove what one file brought. @param {import("../shapes-import.js").PastImport} past */
export async function undoImport(past) {
  try {
    await api.undoImport(past.id);
    toast(`Removed ${past.trades} imported ${past.trades === 1 ? "trade" : "trades"}`, "good");
    void readHistory();
  } catch (error) {
    importError.value = faultText(error);
  }
  void readImports();
}

export function closeImport() {
  isImportOpen.value = false;
  clear();
}

/** @param {File} file */
export async function lookAt(file) {
  clear();
  fileText.value = await file.text();
  await lookAtText(fileText.value);
}

/** Look at a file's text, as it came or with its columns named anew. @param {string} csv */
export async function lookAtText(csv) {
  clear();
  const mine = reading;
  isImporting.value = true;
  try {
    const report = await api.importTrades(csv, true, api.newKey());
    if (mine !== reading) return;
    looked = { csv, key: api.newKey() };
    importReport.value = report;
  } catch (error) {
    if (mine === reading) importError.value = faultText(error);
  } finally {
    if (mine === reading) isImporting.value = false;
  }
}

/** Take over what was looked at. */
export async function takeOver() {
  isImporting.value = true;
  try {
    const { imported } = await api.importTrades(looked.csv, false, looked.key);
    toast(`Imported ${imported} ${imported === 1 ? "trade" : "trades"}`, "good");
    closeImport();
    void readHistory();
  } catch (error) {
    importError.value = faultText(error);
  } finally {
    isImporting.value = false;
  }
}

/** @param {unknown} error */
function faultText(error) {
  if (error instanceof ApiProblem && error.status === 413) return "The file is too large: 256 KB or 2,000 rows at most. Split it in two.";
  if (error instanceof ApiProblem && error.errors.length > 0) return error.errors.map(({ message }) => message).join(" ");
  return sentence(error);
}

function clear() {
  reading += 1;
  looked = { csv: "", key: "" };
  batch(() => {
    importReport.value = null;
    importError.value = null;
    isImporting.value = false;
  });
}

onForget(closeImport);
