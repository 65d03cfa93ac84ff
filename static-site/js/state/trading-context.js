/** What stands behind a decision: what the model was told and answered, and the signal that started it. */
import { readDecision, readSignals } from "../api-trading.js";

/** @param {string} id */
export async function readContext(id) {
  const { context, raw_answer: answer } = await readDecision(id);
  return `${context === null ? "No model was asked." : JSON.stringify(context, null, 2)}${answer === null ? "" : `\n\nIts answer:\n${answer}`}`;
}

/** Null for one that is older than what is listed. @param {string} trader @param {string} id */
export const readSignal = async (trader, id) => (await readSignals(trader)).items.find((each) => each.id === id) ?? null;
