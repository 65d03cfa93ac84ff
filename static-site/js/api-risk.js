/** The calls of the risk view. */
import { BASE, read } from "./api.js";
import { items } from "./shapes.js";
import { riskBook } from "./shapes-risk.js";

const POINTS = 300;

/** @param {string | null} mode */
export const readRisk = (mode) => read({ path: `${BASE}/risk`, query: { mode } }, riskBook);

/** Oldest first. @param {string | null} mode @param {string} from an instant */
export const readRiskHistory = (mode, from) => read({ path: `${BASE}/risk/history`, query: { mode, from, points: POINTS } }, items(riskBook));
