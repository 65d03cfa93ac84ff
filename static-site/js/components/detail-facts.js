/** Figures of one trade that its row has no room for. */
import { count, dateTime, duration, greek, money, price, volatility } from "../lib/format.js";
import { html } from "../lib/html.js";
import { isApart, isStructure } from "../lib/legs.js";
import { meaningOf } from "../lib/levels.js";
import { Amount } from "./amount.js";
import { FactList } from "./fact-list.js";

/** @param {{ trade: import("../shapes.js").Trade, last: import("../shapes.js").Snapshot | null }} props */
export function DetailFacts({ trade, last }) {
  const isEnded = trade.is_locked;
  /** @type {[string, any][]} */
  const facts = [
    ...(isEnded || isStructure(trade) ? [] : riskFacts(trade)),
    ["Best", seen(trade, trade.max_gain)],
    ["Worst", seen(trade, trade.max_drawdown)],
    ...(isStructure(trade) ? /** @type {[string, any][]} */ ([["Risk at entry", money(trade.risk_basis)]]) : []),
    ["Entered", dateTime(trade.entry_date)],
    ...(isEnded
      ? /** @type {[string, any][]} */ ([
          ["Ended", dateTime(trade.close_date)],
          ["Held", duration(trade.hold_duration_h)],
          ["Fees", money(trade.fees)],
        ])
      : /** @type {[string, any][]} */ ([
          ["Bid / ask", isApart(trade) ? "by leg" : `${price(last?.bid ?? null)} / ${price(last?.ask ?? null)}`],
          ["Underlying", price(last?.underlying ?? null)],
          ["Fees", money(trade.fees)],
        ])),
    ...(isStructure(trade) ? [] : greekFacts(trade, last)),
    ["Adjusted", `${count(trade.override_count)}×`],
  ];
  return html`<${FactList} facts=${facts} />`;
}

/** Where it stands in multiples of what the stop risked at entry. @param {import("../shapes.js").Trade} trade @returns {[string, any][]} */
function riskFacts({ entry_price: entry, current_price: mark, sl_price: stop, legs }) {
  const meaning = legs[0]?.side === "LONG" && stop !== null ? meaningOf(entry, mark, stop) : null;
  return meaning === null || meaning.r === null ? [] : [["Now", `${meaning.r < 0 ? "−" : "+"}${Math.abs(meaning.r).toFixed(1)}R`]];
}

/** Of a structure they stand with its legs. @param {import("../shapes.js").Trade} trade @param {import("../shapes.js").Snapshot | null} last @returns {[string, any][]} */
const greekFacts = (trade, last) => [
  ["Delta", pair(greek(last?.delta ?? null), greek(trade.delta_at_entry))],
  ["Gamma", greek(last?.gamma ?? null)],
  ["Theta / day", greek(last?.theta ?? null)],
  ["Vega", greek(last?.vega ?? null)],
  ["IV", pair(volatility(last?.iv ?? null), volatility(trade.iv_at_entry))],
];

/** A file of past trades brings no marks, so nobody saw a best or worst. @param {import("../shapes.js").Trade} trade @param {number | null} value */
const seen = (trade, value) => (value === null && trade.broker_mode === "IMPORTED" ? "—, imported" : html`<${Amount} value=${value} />`);

/** Now, and at entry beside it. @param {string} now @param {string} atEntry */
const pair = (now, atEntry) => html`${now}<span class="figure-side"> entry ${atEntry}</span>`;
