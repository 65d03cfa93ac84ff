/**
 * The chain of an open ticket is read anew while somebody works on it. Quotes come out of the same budget as orders, so
 * a ticket that was left alone stops asking; a hidden page and a closed market do not ask at all.
 */
import { market } from "./clock.js";
import { isOnline } from "./tick.js";
import { chain, isPaused, isReadingMarket, readChain } from "./ticket-market.js";
import { autoRefresh } from "./settings.js";

const EVERY_MS = 15_000;
const LEFT_ALONE_AFTER_MS = 120_000;

/** Start; answers how to stop. @param {HTMLElement} ticket */
export function keepChainLive(ticket) {
  let touchedAtMs = Date.now();
  const touch = () => {
    touchedAtMs = Date.now();
    isPaused.value = false;
  };
  isPaused.value = false;
  const timer = setInterval(() => {
    const isWanted = chain.value !== null && !document.hidden && autoRefresh.value && isOnline.value;
    const isAlone = Date.now() - touchedAtMs > LEFT_ALONE_AFTER_MS;
    isPaused.value = isWanted && isAlone && market.value?.open === true;
    if (isWanted && !isAlone && market.value?.open === true && !isReadingMarket.value) void readChain({ quietly: true });
  }, EVERY_MS);
  for (const kind of ["pointerdown", "keydown", "focusin"]) ticket.addEventListener(kind, touch);
  return () => {
    clearInterval(timer);
    for (const kind of ["pointerdown", "keydown", "focusin"]) ticket.removeEventListener(kind, touch);
  };
}
