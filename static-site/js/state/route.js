/**
 * Which view is shown, and what it is narrowed to: the part of the address behind `#/`, a view and its query
 * (`#/history?ticker=SPY`). So a filter can be linked to, and Back undoes it.
 */
import { batch, signal } from "../lib/html.js";

export const VIEWS = /** @type {const} */ (["positions", "history", "performance", "activity", "settings", "desk", "trading", "risk", "backtests"]);
/** @typedef {typeof VIEWS[number]} View */
/** @typedef {Record<string, string>} Params */

/** Addresses of before that still lead somewhere. */
const MOVED = /** @type {Record<string, View>} */ ({ alerts: "activity" });

/** @returns {{ view: View, params: Params }} */
function fromAddress() {
  const [word, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return {
    view: VIEWS.find((each) => each === word) ?? MOVED[word] ?? "positions",
    params: Object.fromEntries(new URLSearchParams(search)),
  };
}

export const view = signal(fromAddress().view);
/** What the address says of the view that is shown; only what is set. */
export const params = signal(fromAddress().params);

/** @param {View} to @param {Params} [narrowed] */
export function address(to, narrowed = {}) {
  const search = new URLSearchParams(Object.entries(narrowed).filter(([, value]) => value !== ""));
  return search.size === 0 ? `#/${to}` : `#/${to}?${search}`;
}

/** @param {View} to @param {Params} [narrowed] */
export function go(to, narrowed = {}) {
  location.hash = address(to, narrowed);
}

/** Show a view in place of the address of now, query and all: Back does not lead there again. @param {View} to */
export function instead(to) {
  history.replaceState(null, "", `${location.pathname}${address(to)}`);
  batch(() => {
    view.value = to;
    params.value = {};
  });
}

/** Narrow the view that is shown, in place: each letter typed makes no step of Back. @param {Params} narrowed */
export function narrow(narrowed) {
  history.replaceState(null, "", address(view.value, narrowed));
  params.value = Object.fromEntries(Object.entries(narrowed).filter(([, value]) => value !== ""));
}

window.addEventListener("hashchange", () => {
  const now = fromAddress();
  batch(() => {
    view.value = now.view;
    params.value = now.params;
  });
});
