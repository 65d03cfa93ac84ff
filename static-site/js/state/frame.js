/** What the browser shows around the page: its title with the day's result, and the theme that was chosen here. */
import { computed, effect } from "../lib/html.js";
import { profit, showTimesIn } from "../lib/format.js";
import { account } from "./account.js";
import { openCount } from "./alerts.js";
import { preferences, prefer } from "./device.js";
import { openTrades } from "./portfolio.js";
import { view } from "./route.js";
import { sessionState } from "./session.js";

/** @typedef {"auto" | "light" | "dark"} Theme */

/** @type {Record<import("./route.js").View, string>} */
const NAMES = { positions: "Open positions", history: "Trade history", performance: "Performance", activity: "Activity", settings: "Settings", desk: "Desk", trading: "Trading", risk: "Risk", backtests: "Backtests" };

/** @type {import("../../vendor/signals.js").ReadonlySignal<Theme>} */
export const theme = computed(() => (preferences.value.theme === "light" || preferences.value.theme === "dark" ? preferences.value.theme : "auto"));

/** @param {Theme} chosen */
export const chooseTheme = (chosen) => prefer("theme", chosen);

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** The time zone of this device, null where the market's is the same. */
export const deviceZone = here === "America/New_York" ? null : here;
/** Whether times stand in this device's zone, not in the market's. */
export const isOwnZone = computed(() => deviceZone !== null && preferences.value.times === "device");

/** @param {"market" | "device"} chosen */
export const chooseTimes = (chosen) => prefer("times", chosen);

effect(() => showTimesIn(isOwnZone.value ? deviceZone : null));

/** `(2) −$1,092.00 · 42 open · History · papertape` */
function title() {
  if (sessionState.value === "signed-out" || sessionState.value === "starting") return "Sign in · papertape";
  const needs = openCount.value > 0 ? `(${openCount.value}) ` : "";
  const day = account.value === null ? [] : [profit(account.value.day_pnl)];
  const open = openTrades.value === null ? [] : [`${openTrades.value.length} open`];
  return `${needs}${[...day, ...open, NAMES[view.value], "papertape"].join(" · ")}`;
}

export function startFrame() {
  effect(() => {
    document.title = title();
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
