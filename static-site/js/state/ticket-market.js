/** The market of the ticket: the underlying, the chains of its legs' expiries, and what the legs cost together. */
import * as api from "../api.js";
import { batch, computed, signal } from "../lib/html.js";
import { netPrice, toCent } from "../lib/net-price.js";
import { sentence } from "../lib/problems.js";
import { ofRoot, rootsOf } from "../lib/roots.js";
import { gridOf, proposeLimit } from "../lib/ticks.js";
import { serverNow } from "./clock.js";
import { draft, followsMid, isPriceHeld, isSeveral } from "./ticket-draft.js";

/** @typedef {import("../shapes.js").Chain} Chain */
/** @typedef {import("./ticket-draft.js").DraftLeg} DraftLeg */

export const quote = signal(/** @type {import("../shapes.js").Quote | null} */ (null));
export const expirations = signal(/** @type {string[] | null} */ (null));
/** By expiry, of the chosen symbol, all its classes. */
const listed = signal(/** @type {ReadonlyMap<string, Chain>} */ (new Map()));
/** By expiry, of one class. */
export const chains = computed(() => {
  const { root } = draft.value;
  return new Map([...listed.value].map(([expiry, each]) => [expiry, ofRoot(each, root)]));
});
/** The classes that expire on the chosen day, the proposed one first. */
export const roots = computed(() => rootsOf(listed.value.get(draft.value.expiry)?.items ?? []));
export const marketError = signal(/** @type {string | null} */ (null));
export const isReadingMarket = signal(false);
/** When the chain that is shown was read, by the server's clock; null before. */
export const chainReadAtMs = signal(/** @type {number | null} */ (null));
/** Nobody touched the ticket for a while: it asks no more. */
export const isPaused = signal(false);

/** The chain that is shown. */
export const chain = computed(() => chains.value.get(draft.value.expiry) ?? null);

/** The contract of the only leg. */
export const contract = computed(() => (draft.value.legs.length === 1 ? contractOf(draft.value.legs[0]) : null));

/** @param {DraftLeg} leg */
export const contractOf = (leg) =>
  chains.value
    .get(leg.expiry ?? "")
    ?.items.find((each) => each.option_type === leg.option_type && each.strike === leg.strike) ?? null;

/** @param {DraftLeg} leg @returns {{ bid: number | null, ask: number | null } | null} */
const touchOf = (leg) => (leg.instrument === "EQUITY" ? quote.value : contractOf(leg));

/** What all legs cost, signed; null where a leg has no quote on that side. */
export const net = computed(() => netPrice(draft.value.legs, draft.value.legs.map(touchOf)));

let symbolReading = 0;
let chainReading = 0;

/** Forget the market of the symbol before; answers what says whether this reading is still the newest. */
export function beginSymbol() {
  symbolReading += 1;
  const mine = symbolReading;
  quote.value = expirations.value = marketError.value = null;
  listed.value = new Map();
  return () => mine === symbolReading;
}

/** @param {string} ticker @param {() => boolean} isNewest @returns {Promise<string[]>} its expiries, none when they could not be read */
export async function readSymbol(ticker, isNewest) {
  isReadingMarket.value = true;
  try {
    const [quotes, dates] = await Promise.all([api.readQuotes(ticker), api.readExpirations(ticker)]);
    if (!isNewest()) return [];
    batch(() => {
      quote.value = quotes.items[0] ?? null;
      expirations.value = dates.items;
      if (dates.items.length === 0) marketError.value = `No options are listed for ${ticker}.`;
    });
    return dates.items;
  } catch (error) {
    if (isNewest()) marketError.value = `${ticker}: ${sentence(error)}`;
    return [];
  } finally {
    if (isNewest()) isReadingMarket.value = false;
  }
}

/** The expiries whose quotes the ticket needs now. */
function expiriesInUse() {
  const { expiry, far_expiry: far, shape, legs } = draft.value;
  const wanted = [expiry, shape === "CALENDAR" ? far : "", ...legs.map((leg) => leg.expiry ?? "")];
  return [...new Set(wanted)].filter((each) => each !== "");
}

/** Read the quotes of all legs again, keeping what was typed. @param {{ quietly?: boolean }} [how] quietly: a failure is not told */
export async function readChain({ quietly = false } = {}) {
  const { ticker } = draft.value;
  const expiries = expiriesInUse();
  if (ticker === "" || expiries.length === 0) return;
  chainReading += 1;
  const mine = chainReading;
  isReadingMarket.value = !quietly;
  try {
    const [quotes, ...read] = await Promise.all([
      holdsShares() ? api.readQuotes(ticker) : null,
      ...expiries.map((expiry) => api.readChain(ticker, expiry)),
    ]);
    if (mine !== chainReading || draft.value.ticker !== ticker) return;
    batch(() => {
      if (quotes !== null) quote.value = quotes.items[0] ?? quote.value;
      chainReadAtMs.value = serverNow();
      listed.value = new Map([...listed.value, ...expiries.map((expiry, index) => /** @type {const} */ ([expiry, read[index]]))]);
      marketError.value = null;
      proposeAtMid();
    });
  } catch (error) {
    if (mine === chainReading && !quietly) marketError.value = sentence(error);
  } finally {
    if (mine === chainReading) isReadingMarket.value = false;
  }
}

const holdsShares = () => draft.value.legs.some((leg) => leg.instrument === "EQUITY");

export function useMid() {
  followsMid.value = true;
  proposeAtMid();
}

/** Put the limit at the mid, unless one was typed or the button is about to be pressed: on the class's tick, of several legs on a cent. */
export function proposeAtMid() {
  if (!followsMid.value || isPriceHeld.value || draft.value.legs.length === 0) return;
  const { mid } = net.value;
  if (isSeveral.value) {
    if (mid === null) return;
    writeNet(toCent(mid));
  } else if (proposed.value !== null) {
    draft.value = { ...draft.value, limit_price: proposed.value };
  }
}

/** The mid of the only leg as a limit would be proposed; null where there is none. */
const proposed = computed(() => (contract.value === null || chain.value === null ? null : proposeLimit(net.value.mid, gridOf(chain.value.items))));

/** Where the mid has gone while the limit was held; null: nowhere. */
export const midMovedTo = computed(() => {
  const { order_type: kind, limit_price: limit } = draft.value;
  const isHeld = followsMid.value && isPriceHeld.value && kind === "limit" && !isSeveral.value;
  return isHeld && proposed.value !== null && proposed.value !== "" && proposed.value !== limit ? proposed.value : null;
});

/** Let a held limit go to the mid of now. */
export function takeMovedMid() {
  if (midMovedTo.value !== null) draft.value = { ...draft.value, limit_price: midMovedTo.value };
}

/** Write a signed price of several legs as people say it: its size, and whether it is a credit. @param {number} signed */
export function writeNet(signed) {
  draft.value = { ...draft.value, limit_price: Math.abs(signed).toFixed(2), is_credit: signed < 0 };
}

export function forgetMarket() {
  symbolReading += 1;
  chainReading += 1;
  quote.value = expirations.value = marketError.value = null;
  chainReadAtMs.value = null;
  listed.value = new Map();
  isReadingMarket.value = false;
}
