/** One position of a trader: how it stands, its levels and where they were, what the model wants to change, and its last word. */
import { AdjustForm } from "../components/adjust-form.js";
import { Chip } from "../components/chip.js";
import { Countdown } from "../components/countdown.js";
import { LazyDetail } from "../components/lazy-detail.js";
import { age, count, dateTime, duration, percent, plural, price, timeShort } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { changeKindName, changeText, coinPrice, confidenceText, decisionWord } from "../lib/trading-words.js";
import { isRealMoney, isTestnet } from "../lib/words.js";
import { serverNow } from "../state/clock.js";
import { toggleDetail, unfolded } from "../state/details.js";
import { openDialog, question } from "../state/dialogs.js";
import { address } from "../state/route.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { answer, busy, changesOf, newest, pauseAi, traderOf } from "../state/trading.js";
import { LivePeak, LivePrice, LiveResult } from "./live-figures.js";
import { Spark } from "./trading-spark.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {import("../state/trading.js").Change} Change */

/** @param {{ trade: Trade }} props */
export function PositionCard({ trade }) {
  const trader = traderOf(trade.originator_id);
  const isLive = isRealMoney(trade.broker_mode);
  const isBusy = busy.value.has(trade.id) || !isOnline.value;
  const changes = changesOf.value.get(trade.id) ?? [];
  const wanted = changes.find(({ state }) => state === "PENDING") ?? null;
  const isShort = trade.legs[0]?.side === "SHORT";
  const isAdjusting = question.value?.kind === "adjust" && question.value.trade.id === trade.id;
  const isOpen = unfolded.value.has(trade.id);
  return html`
    <article class="panel trading-card" data-live=${isLive ? "" : null} data-open=${isOpen ? "" : null} data-trade=${trade.id} aria-label=${`${trade.ticker}, ${isShort ? "short" : "long"}`}>
      <div class="panel-head">
        <h3><span class="figure">${trade.ticker}</span> ${isShort ? "Short" : "Long"} <${Chip} tone=${isLive ? "live" : "plain"}>${isLive ? "Live" : isTestnet(trade.broker_mode) ? "Testnet" : isShort ? "Paper only" : "Paper"}<//>${trade.ai_paused && html` <${Chip} tone="warn">AI paused<//>`}${trader?.state === "PAUSED" && html` <${Chip} tone="warn">Paused<//>`}</h3>
        <${LiveResult} trade=${trade} />
      </div>
      <p class="panel-note">${trader?.name ?? "A removed trader"} · ${count(trade.open_qty)} ${isShort ? "sold" : "bought"} ${trade.entry_date === null ? "" : `${dateTime(trade.entry_date)} `}at ${coinPrice(trade.entry_price)} · ${trade.entry_date === null ? "" : duration((serverNow() - Date.parse(trade.entry_date)) / 3_600_000)} in it</p>
      <${Spark} trade=${trade} />
      <dl class="plain-facts trading-levels">
        <dt>Price</dt><dd class="figure"><${LivePrice} trade=${trade} /></dd>
        <dt>Peak</dt><dd class="figure"><${LivePeak} trade=${trade} /></dd>
        <dt>Stop</dt><dd class="figure">${price(trade.sl_price)}${movedText(trade, changes)}${trade.trailing_pct !== null && html` <span class="figure-side">follows at ${percent(trade.trailing_pct)}</span>`}</dd>
        <dt>Targets</dt><dd class="figure"><${Targets} trade=${trade} /></dd>
      </dl>
      ${wanted !== null && html`<${Wanted} trade=${trade} change=${wanted} isBusy=${isBusy} />`}
      <${LastWord} trade=${trade} />
      ${isAdjusting && html`<${AdjustForm} trade=${question.value?.trade ?? trade} />`}
      <div class="form-actions" title=${isOnline.value ? null : OFFLINE}>
        <button type="button" class="button wide-only" data-size="small" disabled=${isBusy} onClick=${() => openDialog("adjust", trade)}>Edit levels</button>
        <button type="button" class="button" data-size="small" aria-expanded=${String(isOpen)} aria-controls=${`detail-${trade.id}`} onClick=${() => toggleDetail(trade.id)}>${isOpen ? "Hide chart and history" : "Chart and history"}</button>
        <button type="button" class="button" data-size="small" disabled=${isBusy} onClick=${() => void pauseAi(trade, !trade.ai_paused)}>${trade.ai_paused ? "Resume AI" : "Pause AI"}</button>
        <button type="button" class="button trading-close" data-size="small" data-kind="danger" disabled=${isBusy} onClick=${() => openDialog("close", trade)}>Close</button>
      </div>
      <div id=${`detail-${trade.id}`}>${isOpen && html`<${LazyDetail} id=${trade.id} />`}</div>
    </article>
  `;
}

/** Where the stop was at first, and when it was moved last. @param {Trade} trade @param {Change[]} changes */
function movedText({ initial_sl, sl_price }, changes) {
  const moved = changes.filter(({ state, before, after }) => state === "APPLIED" && (before?.sl_price ?? null) !== (after?.sl_price ?? null)).map(({ settled_at, at }) => settled_at ?? at);
  const last = moved.sort().at(-1);
  if (initial_sl === null || initial_sl === sl_price || last === undefined) return null;
  return html` <span class="figure-side">was ${price(initial_sl)}, moved ${timeShort(last)}</span>`;
}

const TARGET_STATES = /** @type {Record<string, string>} */ ({ FILLED: "taken", PENDING: "waits", OPEN: "waits", WORKING: "waits" });

/** Each with its share and what became of it. @param {{ trade: Trade }} props */
function Targets({ trade: { targets, tp_price } }) {
  if (targets.length === 0) return price(tp_price);
  return html`<ul class="trading-targets">
    ${targets.map(
      ({ price: at, share, quantity, state, filled_at }, index) => html`
        <li key=${index} data-filled=${state === "FILLED" ? "" : null} title=${`${count(quantity)} of it`}>${price(at)} <span class="figure-side">${percent(share * 100).replace(".0%", "%")}, ${TARGET_STATES[state] ?? state.toLowerCase().replaceAll("_", " ")}${filled_at === null ? "" : ` ${timeShort(filled_at)}`}</span></li>
      `,
    )}
  </ul>`;
}

/** What the model wants: in a while by itself, or only with a yes where a stop was set by hand. @param {{ trade: Trade, change: Change, isBusy: boolean }} props */
function Wanted({ trade, change, isBusy }) {
  const asks = change.apply_at === null && change.expires_at !== null;
  const level = change.after?.sl_price ?? null;
  return html`
    <div class="notice trading-wanted" data-tone="warn" role="status">
      <p>
        ${
          asks
            ? html`<strong>Manual stop detected. AI suggestion: ${price(level)}. Override?</strong> It lapses in <${Countdown} until=${change.expires_at} over="a moment" />.`
            : html`<strong>${changeText(change)}</strong>${change.apply_at === null ? "" : html` in <${Countdown} until=${change.apply_at} />`}`
        }
        ${change.reason && html` <span>· ${change.kind === null ? "" : `${changeKindName(change.kind)}: `}${change.reason}</span>`}
      </p>
      <div class="form-actions">
        <button type="button" class="button" data-size="small" data-kind="primary" disabled=${isBusy} onClick=${() => void answer(trade, change, "apply")}>${asks ? "Override" : "Apply now"}</button>
        <button type="button" class="button" data-size="small" disabled=${isBusy} onClick=${() => void answer(trade, change, "veto")}>${asks ? "Keep mine" : "Veto"}</button>
      </div>
    </div>
  `;
}

/** What was said of it last. @param {{ trade: Trade }} props */
function LastWord({ trade }) {
  const last = newest.value.find(({ trade_id }) => trade_id === trade.id);
  const [isWhole, setWhole] = useState(false);
  useEffect(() => setWhole(false), [last?.id]);
  const done = [
    ...(trade.changes_count === null ? [] : [plural(trade.changes_count, "change")]),
    ...(trade.analyses_count === null ? [] : [plural(trade.analyses_count, "analysis", "analyses")]),
  ].join(", ");
  return html`
    <div class="trading-last">
      ${
        last !== undefined &&
        html`<p class="trading-words" data-whole=${isWhole ? "" : null}>
            <strong>${decisionWord(last.decision)}, ${confidenceText(last.confidence)}, ${age((serverNow() - Date.parse(last.at)) / 1000)} ago:</strong> ${last.reasoning}
          </p>
          <button type="button" class="button-link" aria-expanded=${String(isWhole)} onClick=${() => setWhole(!isWhole)}>${isWhole ? "Less" : "All of it"}</button>`
      }
      <p class="panel-note">${done}${done !== "" && " · "}<a href=${address("trading", { part: "journal", trader: trade.originator_id ?? "", trade: trade.id })}>Signal and decisions</a></p>
    </div>
  `;
}
