/** Words for traders and their decisions. */
import { count, percent, price, priceNear } from "./format.js";
import { named } from "./words.js";

export const RISK_NOTE = "Not financial advice. Trading involves risk of loss.";
export const PAPER_NOTE = "Paper results may differ from live.";

/** With what money: our own engine's, that of Binance's testnet, or one's own. @typedef {"paper" | "testnet" | "live"} Money */
export const moneyName = named({ paper: "Paper", testnet: "Testnet", live: "Live" });

export const decisionWord = named({
  NO_TRADE: "No trade",
  WATCH: "Watch",
  LONG: "Long",
  SHORT: "Short, paper only",
  HOLD: "Hold",
  CLOSE: "Close",
  PARTIAL_TP: "Take a part",
  MODIFY: "Change levels",
});

export const outcomeName = named({
  EXECUTED: "Executed",
  NO_TRADE: "No trade",
  BELOW_CONFIDENCE: "Confidence too low",
  VALIDATION_FAILED: "Refused by a rule",
  AWAITING_APPROVAL: "Waits for you",
  USER_REJECTED: "Rejected by you",
  EXPIRED: "Lapsed",
  QUEUED: "Queued for a slot",
  NOT_EXECUTED: "Not executed",
});

export const OUTCOMES = ["EXECUTED", "NO_TRADE", "BELOW_CONFIDENCE", "VALIDATION_FAILED", "AWAITING_APPROVAL", "USER_REJECTED", "EXPIRED", "QUEUED", "NOT_EXECUTED"];

export const traderStateName = named({ ON: "On", OFF: "Off", PAUSED: "Paused", LOCKED: "Locked" });

export const changeKindName = named({ MOVE_SL: "Move the stop", TRAIL_SL: "Trail the stop", ADD_TP: "Add a target", MODIFY_TP: "Move a target", CANCEL_TP: "Drop a target" });

export const constraintName = named({
  TIER: "Your tier",
  KILL_SWITCH: "Kill switch",
  LIVE_SHORT: "Short on live",
  POSITION: "No position in it yet",
  MIN_CONFIDENCE: "Confidence",
  PRICE_AGE: "Age of the price, seconds",
  ENTRY_PRICE: "Entry near the market",
  STOP_REQUIRED: "Has a stop",
  STOP_SIDE: "Stop on its side",
  MIN_SL_DISTANCE: "Stop far enough",
  MAX_RISK_PER_TRADE: "Risk of the trade",
  MAX_POSITION_SIZE: "Size of the position",
  CORRELATED_EXPOSURE: "What moves together",
  BALANCE: "Balance",
  TP_BEYOND_FEES: "Target beyond fees",
  TP_DISTANCE: "Target within reach",
  TICK: "Price on the tick",
  LOT: "Quantity on the lot",
  NOTIONAL: "Smallest order",
  QUANTITY_HELD: "No more than is held",
  MAX_POSITIONS_TRADER: "Positions of the trader",
  MAX_POSITIONS_ACCOUNT: "Positions of the account",
  DAILY_DRAWDOWN: "Day's drawdown, %",
  TOTAL_DRAWDOWN: "Total drawdown, %",
  LIVE_CAP: "Cap of first live trades",
  EXCHANGE: "The exchange is connected and answers",
  DYNAMIC_SL: "May change the stop",
  DYNAMIC_TP: "May change targets",
  STOP_ONLY_TIGHTER: "Stop only tighter",
  BREAKEVEN_LOCK: "Not back below the entry",
  TP_ONLY_EXTENDED: "Target only further",
  CHANGE_INTERVAL: "Time since the last change",
});

/** @param {unknown} value of a constraint, in its own unit */
export function factText(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? figure(value) : String(value);
}

/** Two decimals from one on, six below: what is worked out has no end otherwise. @param {number} value */
const figure = (value) => count(Math.abs(value) >= 1 ? Math.round(value * 100) / 100 : Math.round(value * 1e6) / 1e6);

/** A coin's price as it was paid on average: on a cent from ten on. @param {number | null} value */
export const coinPrice = (value) => (value !== null && Math.abs(value) >= 10 ? priceNear(value) : price(value));

/** A rule's message without its code: it stands beside its name. @param {string} message `TP_DISTANCE: a target is very far away` */
export function ruleText(message) {
  const [, code, said] = /^([A-Z_]+): (.*)$/.exec(message) ?? [null, "", message];
  return code === "" ? said : `${constraintName(code)}: ${said}`;
}

/** Whether it is told of and stops nothing. @param {{ warnings: string[] }} validation @param {string} name */
export const isWarning = ({ warnings }, name) => warnings.some((warning) => warning.startsWith(`${name}:`));

/** What would be bought: the model's word, else what the trader's size makes of it (as the rule of lots saw it). @param {import("../shapes-trading.js").Decision} decision @returns {number | null} */
export function quantityOf({ quantity, validation }) {
  const seen = validation?.constraints.find(({ name }) => name === "LOT")?.current_value;
  return typeof seen === "number" ? seen : quantity;
}

/** What became of it, in the words that a person is told. @param {import("../shapes-trading.js").Decision} decision @returns {string | null} */
export function outcomeText({ outcome, decision }) {
  if (outcome === "QUEUED") return "Trade queued - will execute when position slot available";
  if (outcome === "VALIDATION_FAILED" && decision === "MODIFY") return "AI suggested a risky change - blocked by the safety rules";
  return outcome === "BELOW_CONFIDENCE" ? "Confidence too low: nothing was sent" : null;
}

/** @param {number} confidence */
export const confidenceText = (confidence) => percent(confidence * 100).replace(".0%", "%");

/** `2,950 (half), 3,000 (half)` @param {{ price: number, share: number }[]} targets */
export const targetsText = (targets) => targets.map((target) => `${price(target.price)} (${Math.round(target.share * 100)}%)`).join(", ") || "none";

/** What a change would do, of a stop or of targets. @param {import("../shapes.js").Change} change */
export function changeText({ before, after }) {
  const stops = [before?.sl_price ?? null, after?.sl_price ?? null];
  if (stops[1] !== null && stops[0] !== stops[1]) return `Stop ${price(stops[0])} → ${price(stops[1])}`;
  const targets = (/** @type {any} */ side) => (Array.isArray(side?.targets) ? side.targets.map((/** @type {any} */ each) => price(each.price)).join(", ") : "");
  return targets(after) === "" ? "Levels" : `Targets ${targets(before) || "none"} → ${targets(after)}`;
}

/** `0:42`, counted down. @param {number} ms */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
