/** One evaluation that an address names. */
import { readEvaluation } from "../api-desk.js";
import { sentence } from "../lib/problems.js";

/** @param {string} id @returns {Promise<import("../shapes-desk-more.js").Evaluation | string>} a sentence where it cannot be read */
export async function readOne(id) {
  try {
    return await readEvaluation(id);
  } catch (error) {
    return sentence(error);
  }
}
