/** The calls of the risk view. */
import { BASE, read } from "./api.js";
import { items } from "./shapes.js";
import { riskBook, riskPicture } from "./shapes-risk.js";

const POINTS = 300;

/** @param {string | null} mode */
export const readRisk = (mode) => read({ path: `${BASE}/risk`, query: { mode } }, riskBook);

/** Valued anew over moves of price and volatility. @param {string | null} mode @param {number} days from now */
export const readRiskPicture = (mode, days) => read({ path: `${BASE}/risk/picture`, query: { mode, days } }, riskPicture);

/** Oldest first. @param {string | null} mode @param {string} from an instant */
export const readRiskHistory = (mode, from) => read({ path: `${BASE}/risk/history`, query: { mode, from, points: POINTS } }, items(riskBook));
