/** The palette: every place and act by a few letters of its name, of what this user has switched on. */
import { signal } from "../lib/html.js";
import { refreshAll } from "./actions.js";
import { isHelpOpen } from "./keys-help.js";
import { openTrades } from "./portfolio.js";
import { go } from "./route.js";
import { systems } from "./systems.js";
import { openTicket } from "./ticket-draft.js";

/** What it is called, what it says beside, and what it does. @typedef {{ name: string, says: string, run: () => void }} Entry */

export const isPaletteOpen = signal(false);

const SHOWN_MAX = 8;

/** @param {string} name @param {string} says @param {import("./route.js").View} view @param {Record<string, string>} [narrowed] @returns {Entry} */
const place = (name, says, view, narrowed = {}) => ({ name, says, run: () => go(view, narrowed) });

/** Everything there is to go to, or to do. @returns {Entry[]} */
function entries() {
  const { desk, trading } = systems.value;
  return [
    { name: "New trade", says: "N", run: openTicket },
    place("Positions", "G P", "positions"),
    place("History", "G H", "history"),
    place("Performance", "G F", "performance"),
    ...(desk
      ? [
          place("Desk", "G D", "desk"),
          place("Evaluations", "Desk: what was decided, and why", "desk", { part: "why" }),
          place("Chain", "Desk: strikes of an expiry", "desk", { part: "chain" }),
          place("Kill switch", "Desk: controls", "desk", { part: "controls" }),
          place("New strategy", "Desk: build one", "desk", { build: "new" }),
          place("Risk", "G R", "risk"),
          place("Backtests", "G B", "backtests"),
          place("New backtest", "Backtests: test a strategy", "backtests", { test: "new" }),
          place("Paper beside live", "Backtests: shadows", "backtests", { part: "shadow" }),
        ]
      : []),
    ...(trading ? [place("Trading", "G T", "trading"), place("Decisions", "Trading: the journal", "trading", { part: "journal" }), place("Traders", "Trading: settings", "trading", { part: "traders" })] : []),
    place("Activity", "G A", "activity"),
    place("Settings", "G S", "settings"),
    { name: "Refresh all", says: "R", run: () => void refreshAll() },
    { name: "Keys", says: "?", run: () => (isHelpOpen.value = true) },
  ];
}

/** What fits these letters, what begins with them first; then the tickers that are held, and the positions so narrowed. @param {string} typed @returns {Entry[]} */
export function found(typed) {
  const words = typed.trim().toLowerCase();
  const all = entries();
  if (words === "") return all.slice(0, SHOWN_MAX);
  const begins = all.filter(({ name }) => name.toLowerCase().startsWith(words));
  const holds = all.filter((one) => !begins.includes(one) && `${one.name} ${one.says}`.toLowerCase().includes(words));
  const tickers = [...new Set((openTrades.value ?? []).map(({ ticker }) => ticker))].filter((ticker) => ticker.toLowerCase().startsWith(words));
  return [
    ...begins,
    ...holds,
    ...tickers.map((ticker) => place(ticker, "its positions", "positions", { q: ticker })),
    place(`Positions with “${typed.trim()}”`, "filter", "positions", { q: typed.trim() }),
    place(`History of “${typed.trim()}”`, "filter", "history", { q: typed.trim() }),
  ].slice(0, SHOWN_MAX);
}

