/** What the market looked like at entry: signals, regime, the contract's book, and why anything is missing. */
import { change, count, dateTime, greek, price, volatility } from "../lib/format.js";
import { html } from "../lib/html.js";
import { seen, seenNumber, seenText } from "../lib/seen.js";
import { Amount } from "./amount.js";
import { FactList } from "./fact-list.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {[string, any]} Fact */

const FRAMES = /** @type {const} */ (["1m", "5m", "15m", "1h", "daily"]);
const FRAME_NAMES = { "1m": "1 minute", "5m": "5 minutes", "15m": "15 minutes", "1h": "1 hour", daily: "Daily" };

/** @param {{ trade: Trade }} props */
export function DetailContext({ trade }) {
  const { signals_snapshot: signals, market_regime: regime, order_book_state: book } = trade;
  if (signals === null && regime === null && book === null) {
    return html`<section class="mini"><h3>Context at entry</h3><p class="detail-note">${absentText(trade)}</p></section>`;
  }
  return html`
    <section class="mini">
      <h3>Signals at entry</h3>
      <${FactList} single facts=${signalFacts(signals)} />
      ${trade.signals_given !== null && html`<${Given} title="Signals as the caller sent them" value=${trade.signals_given} />`}
      ${trade.ai_reasoning_log !== null && html`<${Given} title="AI reasoning as sent" value=${trade.ai_reasoning_log} />`}
    </section>
    <section class="mini">
      <h3>Market at entry</h3>
      <${FactList} single facts=${[...regimeFacts(regime), ...bookFacts(book)]} />
      <${Reasons} of=${[signals, regime, book]} />
    </section>
  `;
}

/** @param {Trade} trade */
const absentText = ({ status, broker_mode: mode }) =>
  mode === "IMPORTED"
    ? "Imported trades carry none."
    : status === "PENDING"
      ? "It is kept when the entry fills."
      : "It has not been captured yet; it follows the entry within minutes.";

/** @param {unknown} signals @returns {Fact[]} */
function signalFacts(signals) {
  return FRAMES.filter((frame) => seen(signals, frame) !== null).map((frame) => [FRAME_NAMES[frame], frameText(signals, frame)]);
}

/** @param {unknown} signals @param {string} frame */
function frameText(signals, frame) {
  const number = (/** @type {string} */ field) => seenNumber(signals, frame, field);
  const has = (/** @type {string} */ field) => seen(signals, frame, field) !== null;
  const parts = [
    has("rsi") && `RSI ${count(Math.round((number("rsi") ?? 0) * 10) / 10)}`,
    has("macd_hist") && `MACD ${greek(number("macd_hist"))}`,
    has("ema_9_21_cross") && `EMA ${seenText(signals, frame, "ema_9_21_cross")}`,
    has("squeeze") && `squeeze ${seenText(signals, frame, "squeeze")}`,
    has("trend") && `trend ${seenText(signals, frame, "trend")}`,
    has("dist_from_200sma") && `${change(number("dist_from_200sma"))} from 200-day mean`,
  ].filter(Boolean);
  return parts.length === 0 ? "—" : parts.join(" · ");
}

/** @param {unknown} regime @returns {Fact[]} */
function regimeFacts(regime) {
  if (regime === null) return [];
  const sector = seenText(regime, "sector", "ticker");
  return [
    ["SPY", html`${price(seenNumber(regime, "spy", "price"))}<span class="figure-side">${change(seenNumber(regime, "spy", "pct_change"))}</span>`],
    ["VIX", price(seenNumber(regime, "spy", "vix"))],
    [
      sector === null ? "Sector" : `Sector ${sector}`,
      html`${change(seenNumber(regime, "sector", "pct_change"))}<span class="figure-side">correlation ${greek(seenNumber(regime, "sector", "correlation_30d"))}</span>`,
    ],
    ["Advance / decline", greek(seenNumber(regime, "market_internals", "ad_line"))],
    ["Put / call", greek(seenNumber(regime, "market_internals", "put_call_ratio"))],
  ];
}

/** @param {unknown} book @returns {Fact[]} */
function bookFacts(book) {
  if (book === null) return [];
  const spread = seenNumber(book, "spread_pct");
  return [
    ["Bid / ask", html`${price(seenNumber(book, "bid"))} / ${price(seenNumber(book, "ask"))}<span class="figure-side">${spread === null ? "" : `spread ${change(spread).replace("+", "")}`}</span>`],
    ["Volume / open interest", `${count(seenNumber(book, "volume"))} / ${count(seenNumber(book, "open_interest"))}`],
    ["Delta · IV", `${greek(seenNumber(book, "greeks", "delta"))} · ${volatility(seenNumber(book, "greeks", "iv"))}`],
    ["Seen at", dateTime(seenText(book, "as_of"))],
  ];
}

/** @param {{ of: unknown[] }} props */
function Reasons({ of }) {
  const reasons = of.flatMap((block) => Object.entries(/** @type {object} */ (seen(block, "reasons") ?? {})));
  if (reasons.length === 0) return null;
  return html`
    <details class="more-facts">
      <summary>Why ${reasons.length === 1 ? "one figure is" : `${reasons.length} figures are`} missing</summary>
      <ul>${reasons.map(([field, reason]) => html`<li key=${field}><strong>${fieldName(field)}</strong> ${String(reason)}</li>`)}</ul>
    </details>
  `;
}

/** @param {string} field `market_internals.ad_line` */
const fieldName = (field) => field.replaceAll("_", " ").replace(".", ": ");

/** @param {{ title: string, value: unknown }} props */
const Given = ({ title, value }) => html`
  <details class="more-facts"><summary>${title}</summary><pre tabindex="0">${JSON.stringify(value, null, 2)}</pre></details>
`;

/** What the plan was worth, worked out the night after the trade ended. @param {{ trade: Trade }} props */
export function DetailForensics({ trade }) {
  if (!trade.is_locked) return null;
  const { target_pnl_15m: quarter, target_pnl_1h: hour, target_mfe_pct: best, target_mae_pct: worst } = trade;
  const isKnown = [quarter, hour, best, worst].some((value) => value !== null);
  return html`
    <section class="mini">
      <h3>What the plan was worth</h3>
      ${
        isKnown
          ? html`<${FactList} single facts=${[
              ["After 15 minutes", html`<${Amount} value=${quarter} />`],
              ["After 1 hour", html`<${Amount} value=${hour} />`],
              ["Best mark while held", html`<${Amount} value=${best} percent />`],
              ["Worst mark while held", html`<${Amount} value=${worst} percent />`],
              ["It ended at", html`<${Amount} value=${trade.realized_pnl} />`],
            ]} />`
          : html`<p class="detail-note">${trade.broker_mode === "IMPORTED" ? "Imported: no minute data." : "Worked out in the night after the trade ended."}</p>`
      }
    </section>
  `;
}
