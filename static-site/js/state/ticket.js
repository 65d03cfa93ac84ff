/** The order ticket: what was typed, and what the server says about it. It outlives a lost session. */
import * as api from "../api.js";
import { batch, computed, effect, signal, untracked } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { gridOf, proposeLimit } from "../lib/ticks.js";

const PREVIEW_AFTER_MS = 450;

export const EMPTY = {
  ticker: "",
  expiry: "",
  option_type: /** @type {"CALL" | "PUT"} */ ("CALL"),
  strike: /** @type {number | null} */ (null),
  qty: "1",
  order_type: /** @type {"limit" | "market"} */ ("limit"),
  limit_price: "",
  sl_price: "",
  tp_price: "",
  strategy: "",
};
/** @typedef {typeof EMPTY} Draft */

export const isTicketOpen = signal(false);
export const draft = signal(EMPTY);
/** The limit still follows the mid: the user has not typed one. */
const followsMid = signal(true);

export const quote = signal(/** @type {import("../shapes.js").Quote | null} */ (null));
export const expirations = signal(/** @type {string[] | null} */ (null));
export const chain = signal(/** @type {import("../shapes.js").Chain | null} */ (null));
export const marketError = signal(/** @type {string | null} */ (null));
export const isReadingMarket = signal(false);

export const preview = signal(/** @type {import("../shapes.js").Preview | null} */ (null));
export const isPreviewing = signal(false);
/** Messages by the contract's field names, and a sentence for what belongs to no field. */
export const errors = signal(/** @type {Record<string, string>} */ ({}));
export const refusal = signal(/** @type {string | null} */ (null));

export const contract = computed(
  () =>
    chain.value?.items.find(
      (each) => each.option_type === draft.value.option_type && each.strike === draft.value.strike,
    ) ?? null,
);

/** What would be sent; null while something needed is missing or is no number. */
export const body = computed(() => toBody(draft.value));

const DECIMAL = /^\d+(\.\d{1,8})?$/;

/** @param {string} typed */
const isBlank = (typed) => typed.trim() === "";

/** @param {Draft} typed */
export function toBody(typed) {
  const prices = [typed.sl_price, typed.tp_price, typed.order_type === "limit" ? typed.limit_price : ""];
  const areNumbers = prices.every((price) => isBlank(price) || DECIMAL.test(price.trim()));
  const lacks = typed.ticker === "" || typed.expiry === "" || typed.strike === null;
  const lacksLimit = typed.order_type === "limit" && isBlank(typed.limit_price);
  if (lacks || lacksLimit || !areNumbers || !/^\d+$/.test(typed.qty.trim())) return null;
  return {
    ticker: typed.ticker,
    option_type: typed.option_type,
    strike: typed.strike,
    expiry: typed.expiry,
    qty: Number(typed.qty),
    order_type: typed.order_type,
    ...(typed.order_type === "limit" ? { limit_price: Number(typed.limit_price) } : {}),
    ...(isBlank(typed.sl_price) ? {} : { sl_price: Number(typed.sl_price) }),
    ...(isBlank(typed.tp_price) ? {} : { tp_price: Number(typed.tp_price) }),
    ...(isBlank(typed.strategy) ? {} : { strategy: typed.strategy.trim() }),
  };
}

/** @param {string} typed @returns {string | null} why a price field's text is no price */
export const priceFault = (typed) =>
  isBlank(typed) || DECIMAL.test(typed.trim()) ? null : "Enter a price such as 2.45";

// --- market data ---------------------------------------------------------------------------------------------

let symbolReading = 0;
let chainReading = 0;

/** @param {string} typed */
export async function chooseSymbol(typed) {
  const ticker = typed.trim().toUpperCase();
  if (ticker === draft.value.ticker && expirations.value !== null) return;
  symbolReading += 1;
  const mine = symbolReading;
  batch(() => {
    draft.value = { ...draft.value, ticker, expiry: "", strike: null };
    quote.value = expirations.value = chain.value = marketError.value = null;
    resetPrices();
  });
  if (ticker === "") return;
  isReadingMarket.value = true;
  try {
    const [quotes, dates] = await Promise.all([api.readQuotes(ticker), api.readExpirations(ticker)]);
    if (mine !== symbolReading) return;
    batch(() => {
      quote.value = quotes.items[0] ?? null;
      expirations.value = dates.items;
      if (dates.items.length === 0) marketError.value = `No options are listed for ${ticker}.`;
    });
    if (dates.items.length > 0) await chooseExpiry(dates.items[0]);
  } catch (error) {
    if (mine === symbolReading) marketError.value = `${ticker}: ${sentence(error)}`;
  } finally {
    if (mine === symbolReading) isReadingMarket.value = false;
  }
}

/** @param {string} expiry */
export async function chooseExpiry(expiry) {
  batch(() => {
    draft.value = { ...draft.value, expiry, strike: null };
    chain.value = null;
    resetPrices();
  });
  await readChain();
}

/** Read quotes of the chosen chain again, keeping what was typed. @param {{ quietly?: boolean }} [how] quietly: a failure is not told */
export async function readChain({ quietly = false } = {}) {
  const { ticker, expiry } = draft.value;
  if (ticker === "" || expiry === "") return;
  chainReading += 1;
  const mine = chainReading;
  isReadingMarket.value = !quietly;
  try {
    const read = await api.readChain(ticker, expiry);
    if (mine !== chainReading || draft.value.expiry !== expiry) return;
    batch(() => {
      chain.value = read;
      marketError.value = null;
      proposeAtMid();
    });
  } catch (error) {
    if (mine === chainReading && !quietly) marketError.value = sentence(error);
  } finally {
    if (mine === chainReading) isReadingMarket.value = false;
  }
}

// --- typing --------------------------------------------------------------------------------------------------

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

/** @param {number} strike */
export function chooseStrike(strike) {
  batch(() => {
    type({ strike });
    resetPrices();
    proposeAtMid();
  });
}

/** @param {"CALL" | "PUT"} right */
export function chooseRight(right) {
  batch(() => {
    type({ option_type: right });
    resetPrices();
    proposeAtMid();
  });
}

export function useMid() {
  followsMid.value = true;
  proposeAtMid();
}

function proposeAtMid() {
  const chosen = contract.value;
  if (chosen === null || chain.value === null || !followsMid.value) return;
  const proposed = proposeLimit(chosen.mid, gridOf(chain.value.items));
  draft.value = { ...draft.value, limit_price: proposed };
}

/** Another contract: prices typed for the last one mean nothing now. */
function resetPrices() {
  followsMid.value = true;
  draft.value = { ...draft.value, limit_price: "", sl_price: "", tp_price: "" };
  errors.value = {};
  refusal.value = null;
}

// --- preview -------------------------------------------------------------------------------------------------

let previewTimer = 0;
let previewReading = 0;

effect(() => {
  const wanted = body.value;
  const shown = isTicketOpen.value;
  untracked(() => {
    clearTimeout(previewTimer);
    previewReading += 1;
    preview.value = null;
    isPreviewing.value = shown && wanted !== null;
    if (shown && wanted !== null) previewTimer = setTimeout(readPreview, PREVIEW_AFTER_MS);
  });
});

export async function readPreview() {
  const wanted = body.value;
  if (wanted === null) return;
  previewReading += 1;
  const mine = previewReading;
  isPreviewing.value = true;
  try {
    const read = await api.previewTrade(wanted);
    if (mine !== previewReading) return;
    batch(() => {
      preview.value = read;
      errors.value = {};
      refusal.value = null;
    });
  } catch (error) {
    if (mine === previewReading) showRefusal(error);
  } finally {
    if (mine === previewReading) isPreviewing.value = false;
  }
}

/** @param {unknown} error */
export function showRefusal(error) {
  const byField = fieldErrors(error);
  batch(() => {
    errors.value = byField;
    refusal.value = Object.keys(byField).length === 0 ? sentence(error) : null;
  });
}

export function openTicket() {
  isTicketOpen.value = true;
}

export function closeTicket() {
  isTicketOpen.value = false;
}

/** Back to an empty ticket that keeps its symbol and chain, ready for the next contract. */
export function clearTicket() {
  batch(() => {
    draft.value = { ...draft.value, strike: null, qty: "1" };
    resetPrices();
  });
}

export function forgetTicket() {
  symbolReading += 1;
  chainReading += 1;
  batch(() => {
    isTicketOpen.value = false;
    draft.value = EMPTY;
    quote.value = expirations.value = chain.value = marketError.value = refusal.value = null;
    errors.value = {};
    isReadingMarket.value = false;
  });
}
