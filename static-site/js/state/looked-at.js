/**
 * What is read again while somebody looks at it. Quotes come out of the same budget as orders, so what was left alone
 * stops asking; a hidden page, a closed market and a device without a line do not ask at all.
 */
import { market } from "./clock.js";
import { autoRefresh } from "./settings.js";
import { isOnline } from "./tick.js";

const LEFT_ALONE_AFTER_MS = 120_000;
const TOUCHES = ["pointerdown", "keydown", "focusin"];

/** @param {number} everyMs @param {() => void} again @returns {() => void} how to stop */
export function whileLookedAt(everyMs, again) {
  let touchedAtMs = Date.now();
  const touch = () => {
    touchedAtMs = Date.now();
  };
  const timer = setInterval(() => {
    const isAlone = Date.now() - touchedAtMs > LEFT_ALONE_AFTER_MS;
    if (!isAlone && !document.hidden && autoRefresh.value && isOnline.value && market.value?.open === true) again();
  }, everyMs);
  for (const kind of TOUCHES) document.addEventListener(kind, touch);
  return () => {
    clearInterval(timer);
    for (const kind of TOUCHES) document.removeEventListener(kind, touch);
  };
}
