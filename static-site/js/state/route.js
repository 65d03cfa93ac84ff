/** Which view is shown: the part of the address behind `#/`. */
import { signal } from "../lib/html.js";

export const VIEWS = /** @type {const} */ (["positions", "history", "performance", "alerts", "settings"]);
/** @typedef {typeof VIEWS[number]} View */

/** @returns {View} */
function fromAddress() {
  const word = location.hash.replace(/^#\/?/, "");
  return VIEWS.find((view) => view === word) ?? "positions";
}

export const view = signal(fromAddress());

/** @param {View} to */
export const address = (to) => `#/${to}`;

window.addEventListener("hashchange", () => {
  view.value = fromAddress();
});
