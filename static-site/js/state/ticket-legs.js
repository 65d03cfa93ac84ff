/** Choosing what to trade: symbol, expiry, a shape with its first strikes, or legs one by one. */
import { buildLegs, LEGS_MAX, optionLeg, SHAPES, singleRight } from "../lib/build-legs.js";
import { proposeExpiry } from "../lib/expiries.js";
import { daysTo } from "../lib/format.js";
import { batch } from "../lib/html.js";
import { levelByPercent } from "../lib/levels.js";
import { stepped } from "../lib/net-price.js";
import { serverNow } from "./clock.js";
import { keepOrderDefaults, orderDefaults } from "./order-defaults.js";
import { draft, priceOf, refusal, resetPrices, type } from "./ticket-draft.js";
import { beginSymbol, chain, chains, expirations, marketError, proposeAtMid, quote, readChain, readSymbol, writeNet } from "./ticket-market.js";

/** @typedef {import("./ticket-draft.js").DraftLeg} DraftLeg */

const CALENDAR_DAYS = 21;
const DAY_MS = 86_400_000;

/** @param {string} typed */
export async function chooseSymbol(typed) {
  const ticker = typed.trim().toUpperCase();
  if (ticker === draft.value.ticker && expirations.value !== null) return;
  const before = draft.value.expiry;
  const isNewest = batch(() => {
    draft.value = { ...draft.value, ticker, expiry: "", root: "", far_expiry: "", legs: [] };
    resetPrices();
    return beginSymbol();
  });
  if (ticker === "") return;
  const dates = await readSymbol(ticker, isNewest);
  const wanted = { before, days: orderDefaults.value.days, nowMs: serverNow() };
  if (dates.length > 0) await takeExpiry(proposeExpiry(dates, wanted));
}

/** @param {string} expiry */
const takeExpiry = (expiry) => rebuild({ expiry, root: "", far_expiry: laterThan(expiry) });

/** The distance is proposed again with the next symbol. @param {string} expiry */
export function chooseExpiry(expiry) {
  const days = daysTo(expiry, serverNow());
  if (days !== null && days >= 0) keepOrderDefaults({ days });
  return takeExpiry(expiry);
}

/** The class of an index of which two expire on one day. @param {string} root */
export const chooseRoot = (root) => rebuild({ root });

/** Of a calendar: when its later leg expires. @param {string} far_expiry */
export const chooseFarExpiry = (far_expiry) => rebuild({ far_expiry });

/** @param {string} shape */
export const chooseShape = (shape) => rebuild({ shape, root: "", kind: SHAPES[shape].kinds[0]?.[0] ?? "", order_type: "limit" });

/** @param {string} kind */
export const chooseKind = (kind) => rebuild({ kind });

/** The expiry that lies three weeks after another, else the last one. @param {string} expiry */
function laterThan(expiry) {
  const dates = expirations.value ?? [];
  const from = Date.parse(expiry) + CALENDAR_DAYS * DAY_MS;
  return dates.find((date) => Date.parse(date) >= from) ?? dates.at(-1) ?? "";
}

/** Another shape, kind or expiry: legs of one's own stay, one strike stays where its contract does, a shape is built anew. @param {Partial<import("./ticket-draft.js").Draft>} change */
async function rebuild(change) {
  const before = draft.value;
  const keepsLegs = (change.shape ?? before.shape) === "OWN";
  batch(() => {
    draft.value = { ...before, ...change, legs: keepsLegs ? before.legs : [] };
    if (!keepsLegs) resetPrices();
    const isStrikeKept = "kind" in change && !("shape" in change) && singleRight(draft.value.shape, draft.value.kind) !== null;
    if (isStrikeKept && before.legs[0]?.strike !== undefined) setSingle(before.legs[0].strike);
  });
  const needed = [draft.value.expiry, draft.value.shape === "CALENDAR" ? draft.value.far_expiry : ""].filter(Boolean);
  if (!needed.every((expiry) => chains.value.has(expiry))) await readChain();
  if (draft.value.legs.length === 0) buildShape();
  else proposeAtMid();
}

/** Propose the legs of a shape of several; where quotes of shares are needed, they are read with the chain next time. */
function buildShape() {
  const { shape, kind, expiry, far_expiry: farExpiry } = draft.value;
  const near = chain.value;
  const spot = near?.underlying_price ?? quote.value?.last ?? null;
  if (singleRight(shape, kind) !== null || shape === "OWN" || near === null || spot === null) return;
  const far = chains.value.get(farExpiry)?.items ?? [];
  const legs = buildLegs(shape, kind, { near: near.items, far, spot, expiry, farExpiry });
  batch(() => {
    draft.value = { ...draft.value, legs };
    refusal.value = legs.length > 0 ? null : `${SHAPES[shape].name}: this expiry does not list the strikes that it needs.`;
    proposeAtMid();
  });
}

/** @param {number} strike */
export function chooseStrike(strike) {
  batch(() => {
    resetPrices();
    setSingle(strike);
    proposeAtMid();
    proposeLevels();
  });
}

/** One's own stop and target, where there are such, as parts of the limit. */
function proposeLevels() {
  const { stop, target } = orderDefaults.value;
  const entry = priceOf(draft.value.limit_price, draft.value);
  if (entry === null || draft.value.shape !== "LONG") return;
  draft.value = {
    ...draft.value,
    ...(stop === null ? {} : { sl_price: levelByPercent(entry, -stop).toFixed(2) }),
    ...(target === null ? {} : { tp_price: levelByPercent(entry, target).toFixed(2) }),
  };
}

/** @param {number | null} strike */
function setSingle(strike) {
  const { shape, kind, expiry } = draft.value;
  const right = singleRight(shape, kind);
  if (right === null || strike === null) return;
  draft.value = { ...draft.value, legs: [optionLeg(right, shape === "LONG" ? "LONG" : "SHORT", strike, expiry)] };
}

// --- legs one by one -----------------------------------------------------------------------------------------

/** Legs changed by hand: a limit that was typed stays, one that follows the mid follows it. @param {DraftLeg[]} legs @param {string} shape */
function takeLegs(legs, shape) {
  batch(() => {
    resetPrices();
    draft.value = { ...draft.value, legs, shape, kind: shape === draft.value.shape ? draft.value.kind : "", order_type: "limit" };
    proposeAtMid();
  });
}

/** A touch on a price of the chain: that contract bought or sold, and the same touch again takes it away. @param {string} right @param {"LONG" | "SHORT"} side @param {number} strike */
export function touchPrice(right, side, strike) {
  const { legs, expiry } = draft.value;
  const at = legs.findIndex((leg) => leg.option_type === right && leg.strike === strike && leg.expiry === expiry);
  if (at >= 0 && legs[at].side === side) return removeLeg(at);
  if (at >= 0) return changeLeg(at, { side });
  if (legs.length < LEGS_MAX) takeLegs([...legs, optionLeg(right, side, strike, expiry)], "OWN");
}

/** @param {number} at @param {Partial<DraftLeg>} change a moved strike leaves the shape what it is */
export function changeLeg(at, change) {
  const legs = draft.value.legs.map((leg, index) => (index === at ? { ...leg, ...change } : leg));
  takeLegs(legs, "strike" in change ? draft.value.shape : "OWN");
}

/** @param {number} at */
export const removeLeg = (at) => takeLegs(draft.value.legs.filter((_leg, index) => index !== at), "OWN");

/** Buy what was sold and sell what was bought. */
export const turnAround = () =>
  takeLegs(draft.value.legs.map((leg) => ({ ...leg, side: leg.side === "LONG" ? "SHORT" : "LONG" })), "OWN");

/** @param {number} signed a net price, chosen by slider or step */
export function chooseNet(signed) {
  type({ limit_price: "0" });
  writeNet(signed);
}

/** @param {number} cents */
export function stepNet(cents) {
  const now = priceOf(draft.value.limit_price, draft.value);
  if (now !== null) chooseNet(stepped(now, cents));
}

/** No legs; a structure is not proposed again by itself: the next touch of the button would send it. */
export function clearLegs() {
  const { shape, kind } = draft.value;
  const kept = singleRight(shape, kind) === null ? { shape: "LONG", kind: "CALL" } : {};
  // A strategy belongs to one order: left in the field it would be written onto the next.
  draft.value = { ...draft.value, ...kept, legs: [], qty: String(orderDefaults.value.qty), strategy: "" };
  resetPrices();
  marketError.value = null;
}
