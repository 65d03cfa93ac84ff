/** The chain that is looked at: one underlying, one expiry, read again while it is looked at; and which strikes a strategy would choose. */
import * as deskApi from "../api-desk.js";
import * as api from "../api.js";
import { batch, signal } from "../lib/html.js";
import { proposeExpiry, stillTraded, DAYS_WANTED } from "../lib/expiries.js";
import { sentence } from "../lib/problems.js";
import { market, serverNow } from "./clock.js";
import { bodyOf } from "./desk.js";
import { onForget } from "./forget.js";

/** @typedef {import("../shapes-desk-preview.js").PreviewedStructure} Structure */

export const viewed = signal(/** @type {{ symbol: string, expiry: string, chain: import("../shapes.js").Chain, readAtMs: number } | null} */ (null));
export const dates = signal(/** @type {{ symbol: string, of: string[] } | null} */ (null));
export const spotQuote = signal(/** @type {import("../shapes.js").Quote | null} */ (null));
export const chainError = signal(/** @type {string | null} */ (null));
export const isReadingChain = signal(false);
/** What a strategy would enter now, by its id; null: nothing, or not known. */
export const choice = signal(/** @type {{ id: string, structure: Structure | null, why: string } | null} */ (null));

let reading = 0;

/**
 * Read an underlying's expiries and the chain of one of them; the nearest that fits where none is named.
 * @param {string} symbol @param {string} expiry @returns {Promise<string>} the expiry that is shown, empty where there is none
 */
export async function viewChain(symbol, expiry) {
  reading += 1;
  const mine = reading;
  isReadingChain.value = true;
  try {
    if (dates.value?.symbol !== symbol) {
      const [quotes, listed] = await Promise.all([api.readQuotes(symbol), api.readExpirations(symbol)]);
      if (mine !== reading) return "";
      spotQuote.value = quotes.items[0] ?? null;
      dates.value = { symbol, of: listed.items };
    }
    const shown = expiryOf(expiry);
    if (shown === "") {
      batch(() => {
        viewed.value = null;
        chainError.value = `No options are listed for ${symbol}.`;
      });
      return "";
    }
    const [quotes, chain] = await Promise.all([api.readQuotes(symbol), api.readChain(symbol, shown)]);
    if (mine !== reading) return "";
    batch(() => {
      spotQuote.value = quotes.items[0] ?? null;
      viewed.value = { symbol, expiry: shown, chain, readAtMs: serverNow() };
      chainError.value = null;
    });
    return shown;
  } catch (error) {
    if (mine === reading) chainError.value = `${symbol}: ${sentence(error)}`;
    return "";
  } finally {
    if (mine === reading) isReadingChain.value = false;
  }
}

/** @param {string} asked */
function expiryOf(asked) {
  const listed = tradedDates();
  return listed.length === 0 ? "" : proposeExpiry(listed, { before: asked, days: DAYS_WANTED, nowMs: serverNow() });
}

/** What is still traded of what is listed. */
export function tradedDates() {
  const closes = market.value?.session.closes_at ?? null;
  return stillTraded(dates.value?.of ?? [], serverNow(), closes === null ? null : Date.parse(closes));
}

/** @param {import("./desk.js").Strategy} strategy */
export async function markChoiceOf(strategy) {
  const { id } = strategy;
  choice.value = { id, structure: null, why: "Looking at the market…" };
  try {
    const found = await deskApi.previewStrategy(bodyOf(strategy));
    if (choice.value?.id !== id) return;
    choice.value = { id, structure: found.structure, why: found.structure === null ? `It finds no structure: ${found.reason}.` : "" };
  } catch (error) {
    if (choice.value?.id === id) choice.value = { id, structure: null, why: sentence(error) };
  }
}

export function forgetChain() {
  reading += 1;
  batch(() => {
    viewed.value = null;
    dates.value = null;
    spotQuote.value = null;
    chainError.value = null;
    isReadingChain.value = false;
    choice.value = null;
  });
}

onForget(forgetChain);
