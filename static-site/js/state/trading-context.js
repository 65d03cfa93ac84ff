/** What a model was told and what it answered, as text. */
import { readDecision } from "../api-trading.js";

/** @param {string} id */
export async function readContext(id) {
  const { context, raw_answer: answer } = await readDecision(id);
  return `${context === null ? "No model was asked." : JSON.stringify(context, null, 2)}${answer === null ? "" : `\n\nIts answer:\n${answer}`}`;
}
