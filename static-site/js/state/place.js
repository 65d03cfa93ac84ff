/** Sending the ticket. One intention has one idempotency key, however often it is sent. */
import * as api from "../api.js";
import { price } from "../lib/format.js";
import { signal } from "../lib/html.js";
import { isStructure, shortName } from "../lib/legs.js";
import { limitValue } from "../lib/limits.js";
import { limitName } from "../lib/words.js";
import { ApiProblem, ConnectionLost } from "../lib/problems.js";
import { rememberStrategy } from "./order-defaults.js";
import { followUp } from "./poller.js";
import { placeInList } from "./portfolio.js";
import { body, closeTicket, refusal } from "./ticket-draft.js";
import { clearTicket, showRefusal } from "./ticket.js";
import { toast } from "./toasts.js";

export const isSending = signal(false);

let key = "";
let keyIsFor = "";

/** The key of this very order: kept until its answer is known, new when the order changes. @param {object} order */
function keyFor(order) {
  const text = JSON.stringify(order);
  if (keyIsFor !== text) {
    keyIsFor = text;
    key = api.newKey();
  }
  return key;
}

/** @param {{ staysOpen: boolean }} how */
export async function place({ staysOpen }) {
  const order = body.value;
  if (order === null || isSending.value) return;
  isSending.value = true;
  try {
    const trade = await api.placeTrade(order, keyFor(order));
    keyIsFor = "";
    rememberStrategy(trade.strategy ?? "");
    placeInList(trade);
    toast(placedText(trade), trade.status === "OPEN" ? "good" : "plain");
    clearTicket();
    if (!staysOpen) closeTicket();
  } catch (error) {
    tell(error);
  } finally {
    isSending.value = false;
    followUp();
  }
}

/** @param {import("../shapes.js").Trade} trade */
function placedText(trade) {
  const done = isStructure(trade) ? "Opened" : trade.legs[0]?.side === "SHORT" ? "Sold" : "Bought";
  if (trade.status === "OPEN") return `${done} ${trade.filled_qty ?? trade.qty} ${shortName(trade)} at ${price(trade.entry_price)}`;
  if (trade.status === "PARTIALLY_FILLED") return `Partly filled: ${shortName(trade)}`;
  if (trade.settling) return `${shortName(trade)} was sent; its outcome is being looked for`;
  return `Order placed: ${shortName(trade)}`;
}

/** @param {unknown} error */
function tell(error) {
  if (error instanceof ConnectionLost) {
    refusal.value = "No answer from the server. Sending again is safe: the same order is never placed twice.";
    return;
  }
  if (error instanceof ApiProblem && error.status === 401) return; // the sign-in stands over the ticket
  if (error instanceof ApiProblem && error.status < 500) keyIsFor = "";
  showRefusal(error);
  if (error instanceof ApiProblem && error.word === "risk-limit") refusal.value = limitText(error);
}

/** @param {ApiProblem} error */
function limitText(error) {
  const { limit, value, allowed } = error.body ?? {};
  return typeof limit === "string" ? `${limitName(limit)} would be ${limitValue(limit, asNumber(value))}, allowed ${limitValue(limit, asNumber(allowed))}. ${error.message}` : error.message;
}

/** @param {unknown} value */
const asNumber = (value) => (value === null || value === undefined || Number.isNaN(Number(value)) ? null : Number(value));
