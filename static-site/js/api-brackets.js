/** The call of the bracket explorer. */
import { BASE, read } from "./api.js";
import { brackets } from "./shapes-brackets.js";

/** @param {Record<string, string | number | null>} query the performance's filters, and a point by its two levels */
export const readBrackets = (query) => read({ path: `${BASE}/performance/brackets`, query }, brackets);
