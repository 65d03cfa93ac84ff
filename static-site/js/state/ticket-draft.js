/** What was typed into the ticket. It outlives a lost session. A single contract is the draft of one leg. */
import { batch, computed, signal } from "../lib/html.js";
import { faultOf, isBlank, readPrice } from "../lib/typed-price.js";

/** @typedef {import("../lib/build-legs.js").DraftLeg} DraftLeg */

export const EMPTY = {
  ticker: "",
  shape: "LONG",
  kind: "CALL",
  expiry: "",
  /** The class, where somebody chose one of several. */
  root: "",
  /** Of a calendar: when its later leg expires. */
  far_expiry: "",
  legs: /** @type {DraftLeg[]} */ ([]),
  qty: "1",
  order_type: /** @type {"limit" | "market"} */ ("limit"),
  limit_price: "",
  /** Whether prices of several legs that are typed without a sign are had, not paid. */
  is_credit: false,
  sl_price: "",
  tp_price: "",
  strategy: "",
};
/** @typedef {typeof EMPTY} Draft */

export const isTicketOpen = signal(false);

export function openTicket() {
  isTicketOpen.value = true;
}

export function closeTicket() {
  isTicketOpen.value = false;
}

export const draft = signal(EMPTY);
/** The limit still follows the mid: the user has not typed one. */
export const followsMid = signal(true);
/** The pointer or the focus is on the button that sends: what it says must not change under it. */
export const isPriceHeld = signal(false);
/** Messages by the contract's field names, and a sentence for what belongs to no field. */
export const errors = signal(/** @type {Record<string, string>} */ ({}));
export const refusal = signal(/** @type {string | null} */ (null));

/** Several legs make a structure: a signed price, a limit order, one order for all. */
export const isSeveral = computed(() => draft.value.legs.length > 1);

/** What would be sent; null while something needed is missing or is no number. */
export const body = computed(() => toBody(draft.value));

/** @param {string} typed @param {Draft} of @returns {number | null} as the API takes it; null when blank or no price */
export const priceOf = (typed, { legs, is_credit: isCredit }) => readPrice(typed, { isStructure: legs.length > 1, isCredit });

/** @param {Draft} typed */
export function toBody(typed) {
  const limit = typed.order_type === "limit" ? typed.limit_price : "";
  const prices = [limit, typed.sl_price, typed.tp_price].map((each) => (isBlank(each) ? undefined : priceOf(each, typed)));
  const lacks = typed.ticker === "" || typed.legs.length === 0 || prices.includes(null);
  const lacksLimit = typed.order_type === "limit" && isBlank(typed.limit_price);
  if (lacks || lacksLimit || qtyFault(typed.qty) !== null) return null;
  const [limit_price, sl_price, tp_price] = prices;
  return {
    ticker: typed.ticker,
    legs: typed.legs.map((leg) => legBody(leg, typed.root)),
    qty: Number(typed.qty),
    order_type: typed.order_type,
    ...(limit_price === undefined ? {} : { limit_price }),
    ...(sl_price === undefined ? {} : { sl_price }),
    ...(tp_price === undefined ? {} : { tp_price }),
    ...(isBlank(typed.strategy) ? {} : { strategy: typed.strategy.trim() }),
  };
}

/** @param {DraftLeg} leg @param {string} root */
const legBody = ({ instrument, side, ratio, option_type, strike, expiry }, root) =>
  instrument === "OPTION" ? { side, ratio, option_type, strike, expiry, ...(root === "" ? {} : { root }) } : { instrument, side, ratio };

/** @param {string} typed @param {Draft} of @returns {string | null} why a price field's text is no price */
export const priceFault = (typed, of) => faultOf(typed, priceOf(typed, of));

/** @param {Partial<Draft>} change */
export function type(change) {
  const kept = { ...errors.value };
  for (const field of Object.keys(change)) delete kept[field];
  batch(() => {
    draft.value = { ...draft.value, ...change };
    errors.value = kept;
    if (change.limit_price !== undefined) followsMid.value = change.limit_price === "";
  });
}

/** Other legs: prices typed for the last ones mean nothing now. */
export function resetPrices() {
  followsMid.value = true;
  isPriceHeld.value = false; // a button that was disabled under the focus never said that it lost it
  draft.value = { ...draft.value, limit_price: "", sl_price: "", tp_price: "" };
  errors.value = {};
  refusal.value = null;
}

/** As the server's bounds have it (422 beyond). */
export const QTY_MAX = 1_000;

/** @param {string} typed @returns {string | null} why a quantity's text is none */
export function qtyFault(typed) {
  const isWhole = /^\d+$/.test(typed.trim());
  return isWhole && Number(typed) >= 1 && Number(typed) <= QTY_MAX ? null : `A whole number from 1 to ${QTY_MAX.toLocaleString("en-US")}`;
}

/** What keeps the order from being complete, by its field's name; null: nothing does. @param {Draft} typed @returns {string | null} */
export function firstFault(typed) {
  const fields = /** @type {[string, string | null][]} */ ([
    ["Contracts", qtyFault(typed.qty)],
    ["Limit price", typed.order_type === "limit" ? (isBlank(typed.limit_price) ? "enter a price" : priceFault(typed.limit_price, typed)) : null],
    ["Stop", priceFault(typed.sl_price, typed)],
    ["Target", priceFault(typed.tp_price, typed)],
  ]);
  const found = fields.find(([, fault]) => fault !== null);
  return found === undefined ? null : `${found[0]}: ${String(found[1]).replace(/^[A-Z]/, (first) => first.toLowerCase())}`;
}
