/** A strategy as it is typed: from what is stored to text, and back to the body of the call. Pure. */
import { KINDS, typeName } from "./desk-words.js";
import { price } from "./format.js";

/** @typedef {import("../shapes-desk-more.js").Strategy} Strategy */
/** Every field as text or a flag; empty: not set. @typedef {Record<string, string | boolean>} Draft */

/** Fields of the two blocks by what they are. `span`: one number or `0.12 to 0.18`. @type {Record<string, "number" | "span" | "clock" | "word" | "flag">} */
const ENTRY = {
  dte_min: "number",
  dte_max: "number",
  short_delta: "span",
  wing_width: "span",
  min_credit: "number",
  ivr_min: "number",
  ivr_max: "number",
  ma_rule: "word",
  min_premium_pct: "number",
  entry_from: "clock",
  entry_to: "clock",
  adx_max: "number",
  min_vrp: "number",
  earnings_after_days: "number",
  max_gamma_loss_1pct: "number",
  skew_aware: "flag",
  dynamic_dte: "flag",
};
/** @type {typeof ENTRY} */
const LIQUIDITY = {
  max_spread_pct: "number",
  min_volume: "number",
  min_open_interest: "number",
  min_underlying_volume_pct: "number",
  max_quote_age_s: "number",
};
/** @type {typeof ENTRY} */
const EXIT = {
  profit_target_pct: "number",
  profit_target_usd: "number",
  trail_from_pct: "number",
  trail_pct: "number",
  stop_pct: "number",
  stop_usd: "number",
  time_stop_dte: "number",
  time_stop_at: "clock",
  vix_exit: "flag",
};

/** What the builder proposes (B-01). @type {Draft} */
export const PROPOSED = {
  name: "",
  type: "iron_condor",
  underlying: "SPY",
  mode: "paper",
  preferred_broker: "tradier",
  enabled: true,
  max_positions: "1",
  sizing: "fixed",
  qty: "1",
  pct: "",
  dte_min: "30",
  dte_max: "60",
  short_delta: "0.16",
  wing_width: "5",
  min_credit: "0.10",
  ma_rule: "none",
  adx_max: "25",
  min_vrp: "0",
  earnings_after_days: "1",
  skew_aware: false,
  dynamic_dte: false,
  min_volume: "1",
  min_open_interest: "100",
  min_underlying_volume_pct: "50",
  max_quote_age_s: "300",
  profit_target_pct: "50",
  stop_pct: "200",
  time_stop_dte: "21",
  vix_exit: true,
};

/** @param {any} value @returns {string | boolean} */
function textOf(value) {
  if (typeof value === "boolean") return value;
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? `${value.min} to ${value.max}` : String(value);
}

/** @param {Strategy} strategy @returns {Draft} */
export function draftOf({ entry_conditions: { liquidity, ...entry }, exit_conditions, sizing, ...rest }) {
  const all = { ...rest, ...entry, ...liquidity, ...exit_conditions, sizing: sizing.kind, qty: sizing.qty, pct: sizing.pct };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, textOf(value)]));
}

const RANGE = /^([\d.]+)\s*(?:to|-|–)\s*([\d.]+)$/;

/** @param {string} text @param {"number" | "span" | "clock" | "word" | "flag"} kind */
function valueOf(text, kind) {
  if (kind === "clock" || kind === "word") return text;
  const range = kind === "span" ? RANGE.exec(text) : null;
  if (range !== null) return { min: Number(range[1]), max: Number(range[2]) };
  const value = Number(text);
  return Number.isNaN(value) ? text : value; // the server names the field that is no number
}

/** @param {Draft} draft @param {typeof ENTRY} fields */
function blockOf(draft, fields) {
  /** @type {Record<string, unknown>} */
  const block = {};
  for (const [name, kind] of Object.entries(fields)) {
    const typed = draft[name];
    if (kind === "flag") block[name] = typed === true;
    else if (typeof typed === "string" && typed.trim() !== "") block[name] = valueOf(typed.trim(), kind);
  }
  return block;
}

/** What does not belong to this kind of strategy is left out. @param {Draft} draft @returns {Draft} */
function fitting(draft) {
  const kind = KINDS[String(draft.type)];
  return { ...draft, ...(kind.isByDelta ? {} : { short_delta: "" }), ...(kind.hasWings ? {} : { wing_width: "" }), ...(kind.isCredit ? {} : { min_credit: "" }) };
}

/** The body of the call. @param {Draft} typed */
export function bodyOf(typed) {
  const draft = fitting(typed);
  const text = (/** @type {string} */ name) => String(draft[name] ?? "").trim();
  return {
    name: text("name"),
    type: text("type"),
    underlying: text("underlying").toUpperCase(),
    mode: text("mode"),
    preferred_broker: text("preferred_broker"),
    enabled: draft.enabled === true,
    max_positions: valueOf(text("max_positions"), "number"),
    entry_conditions: { ...blockOf(draft, ENTRY), liquidity: blockOf(draft, LIQUIDITY) },
    exit_conditions: blockOf(draft, EXIT),
    sizing: draft.sizing === "risk" ? { kind: "risk", pct: valueOf(text("pct"), "number") } : { kind: "fixed", qty: valueOf(text("qty"), "number") },
  };
}

/** Where the server names a field that stands in a block. @param {Record<string, string>} byField @param {string} name */
export const faultOf = (byField, name) =>
  byField[name] ?? byField[`entry_conditions.${name}`] ?? byField[`entry_conditions.liquidity.${name}`] ?? byField[`exit_conditions.${name}`] ?? byField[`sizing.${name}`] ?? null;

/** What it does, in sentences, as it is typed. @param {Draft} typed */
export function inWords(typed) {
  const draft = fitting(typed);
  const of = (/** @type {string} */ name) => String(draft[name] ?? "").trim();
  const has = (/** @type {string} */ name) => of(name) !== "";
  const entry = [
    `${typeName(of("type"))} on ${of("underlying").toUpperCase() || "…"}, ${of("dte_min") || "…"} to ${of("dte_max") || "…"} days out`,
    ...(has("short_delta") ? [`short at a delta of ${of("short_delta")}`] : []),
    ...(has("wing_width") ? [`wings ${of("wing_width")} wide`] : []),
    ...(has("min_credit") ? [`for at least ${price(Number(of("min_credit")))}`] : []),
  ];
  const exit = [
    ...(has("profit_target_pct") ? [`at ${of("profit_target_pct")}% of the most it can win`] : []),
    ...(has("profit_target_usd") ? [`at a profit of $${of("profit_target_usd")}`] : []),
    ...(has("trail_pct") ? [`when it gives back ${of("trail_pct")}% of its best, from ${of("trail_from_pct") || "…"}% on`] : []),
    ...(has("stop_pct") ? [`at a loss of ${of("stop_pct")}% of the ${KINDS[of("type")].isCredit ? "credit" : "debit"}`] : []),
    ...(has("stop_usd") ? [`at a loss of $${of("stop_usd")}`] : []),
    ...(has("time_stop_dte") ? [`${of("time_stop_dte")} days before the expiry`] : []),
    ...(has("time_stop_at") ? [`at ${of("time_stop_at")} ET`] : []),
    ...(draft.vix_exit === true ? ["on a spike of VIX"] : []),
  ];
  const size = draft.sizing === "risk" ? `as many as risk ${of("pct") || "…"}% of the balance` : `${of("qty") || "…"} at a time`;
  return { entry: `${entry.join(", ")}; ${size}, ${of("max_positions") || "…"} open at most.`, exit: exit.length === 0 ? "It is never left: set a stop." : `Left ${exit.join(", or ")}; the first that holds wins.` };
}
