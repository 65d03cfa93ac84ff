/** The stages of an evaluation as a person reads them: nine steps, what each looked at, and its figures in words. */
import { count, money, percent, price, volatility } from "./format.js";

/** @typedef {import("../shapes-desk-more.js").Verdict} Verdict */

/** @type {Record<string, string>} */
const NAMES = {
  A: "Underlying",
  B: "Macro calendar",
  C1: "Spread of each leg",
  C2: "Volume of each leg",
  C3: "Open interest",
  C4: "Volume of the underlying",
  C5: "Age of quotes",
  D: "Days to expiry",
  E1: "VIX term structure",
  E2: "Regime",
  E3: "IV rank",
  F: "Structure",
  G1: "Earnings",
  G2: "Dividend",
  G3: "Expected value",
  H: "Time of day",
  FILTER: "Own filter",
  SIZING: "Size",
  BOOK: "Book with it",
  EXECUTION: "Walk of its price",
};

/** @param {string | null} stage */
export const stageName = (stage) => (stage === null ? "" : (NAMES[stage] ?? stage));

/** The nine steps, each with its checks. @type {{ name: string, stages: string[] }[]} */
export const STEPS = [
  { name: "Underlying", stages: ["A"] },
  { name: "Macro calendar", stages: ["B"] },
  { name: "Liquidity", stages: ["C1", "C2", "C3", "C4", "C5"] },
  { name: "Days to expiry", stages: ["D"] },
  { name: "Volatility regime", stages: ["E1", "E2", "E3"] },
  { name: "Structure", stages: ["F"] },
  { name: "Events and value", stages: ["G1", "G2", "G3"] },
  { name: "Time of day", stages: ["H"] },
  { name: "Filter, size, book, price", stages: ["FILTER", "SIZING", "BOOK", "EXECUTION"] },
];

/**
 * The steps of one evaluation: `passed`, `failed` where it ended, `none` where it was not asked.
 * @param {Verdict[]} gates
 * @returns {{ name: string, state: "passed" | "failed" | "none", checks: Verdict[] }[]}
 */
export const stepsOf = (gates) =>
  STEPS.map(({ name, stages }) => {
    const checks = gates.filter(({ stage }) => stages.includes(stage));
    const state = checks.length === 0 ? "none" : checks.every(({ passed }) => passed) ? "passed" : "failed";
    return { name, state, checks };
  });

/** @param {any} value */
const given = (value) => (value === null || value === undefined ? null : value);
/** @param {any} value @param {(value: any) => string} look */
const shown = (value, look) => (given(value) === null ? "not known" : look(value));
/** @param {any} value */
const plain = (value) => (typeof value === "number" ? price(Math.round(value * 100) / 100).replace(/\.00$/, "") : String(value));
/** @param {number} value A fraction that is a chance. */
const share = (value) => `${Math.round(value * 100)}%`;

/** What each check's figures say, against what was wanted. @type {Record<string, (n: any) => string>} */
const WORDS = {
  A: (n) => `price ${shown(n.spot, price)}, ${count(n.expirations)} expirations listed`,
  B: (n) => (n.window ? `inside ${n.window}` : `none of this month's ${count(n.rows_in_month)} releases is near`),
  C1: (n) => `widest ${shown(n.worst_spread_pct, percent)} of its mid, at most ${percent(n.limit_pct)} · ${n.symbol}`,
  C2: (n) => `least ${shown(n.lowest_volume, count)} contracts today, at least ${count(n.minimum)} · ${n.symbol}`,
  C3: (n) => `least ${shown(n.lowest_open_interest, count)} held, at least ${count(n.minimum)} · ${n.symbol}`,
  C4: (n) => (given(n.share_pct) === null ? "" : `${percent(n.share_pct)} of the usual volume, at least ${percent(n.minimum_pct)}`),
  C5: (n) => `oldest ${shown(n.oldest_age_s, (s) => `${Math.round(s)} s`)}, at most ${count(n.limit_s)} s`,
  D: (n) => `${shown(n.dte, count)} days, ${count(n.dte_min)} to ${count(n.dte_max)} wanted`,
  E1: (n) => `VIX ${shown(n.vix, price)} against VIX3M ${shown(n.vix3m, price)}, contango wanted`,
  E2: (n) => `implied less realized ${shown(n.vrp, volatility)}, at least ${volatility(n.min_vrp)} · trend ${n.trend ?? "not known"} · ADX ${shown(n.adx, plain)}, at most ${shown(n.adx_max, plain)}`,
  E3: (n) => `${shown(n.iv_rank, percent)} over ${count(n.days)} days, ${shown(n.ivr_min, percent)} to ${shown(n.ivr_max, percent)} wanted`,
  F: (n) => `${count(n.candidates)} structures over ${count(n.strikes)} strikes, best ${shown(n.best_credit, price)}, at least ${shown(n.min_credit, price)}`,
  G1: (n) => (n.next_earnings ? `next on ${n.next_earnings}, watched until ${n.until}` : n.known ? `none until ${n.until}` : "not known"),
  G2: (n) => (n.next_ex_date ? `${price(n.amount)} a share on ${n.next_ex_date}` : n.known ? "none to come" : "not known"),
  G3: (n) => `${shown(n.ev_net, money)} expected net, wins ${shown(n.pop, share)} (${shown(n.pop_implied, share)} as implied) · ${shown(n.max_profit, money)} to win, ${shown(n.max_loss, money)} to lose`,
  H: (n) => (given(n.minutes_to_close) === null ? "closed all day" : `${count(Math.floor(n.minutes_to_close))} minutes to the close`),
  FILTER: (n) => (n.rule === "none" ? "none is set" : `${String(n.rule).replaceAll("_", " ")}: ${shown(n.value, plain)} against ${shown(n.required, plain)}`),
  SIZING: (n) => `${count(n.qty)} of it, ${shown(n.max_loss_usd, money)} to lose at most`,
  BOOK: (n) => `delta ${shown(n.net_delta_shares, plain)}, vega ${shown(n.net_vega_usd_per_1vol, plain)} · past a cap: ${(n.breaches ?? []).join(", ") || "none"}`,
  EXECUTION: (n) => `from ${shown(n.start, price)} to ${shown(n.worst, price)} by ${shown(n.step, price)}`,
};

/** @param {Verdict} verdict Its figures in words; empty where it told none. */
export function figuresOf({ stage, numbers }) {
  const write = WORDS[stage];
  return write === undefined || numbers === null || Object.keys(numbers).length === 0 ? "" : write(numbers);
}
