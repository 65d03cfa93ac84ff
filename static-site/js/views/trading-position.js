/** One position of a trader: how it stands, its levels and where they were, what the model wants to change, and its last word. */
import { AdjustForm } from "../components/adjust-form.js";
import { Amount } from "../components/amount.js";
import { Chip } from "../components/chip.js";
import { Countdown } from "../components/countdown.js";
import { age, change as changeOf, count, dateTime, duration, plural, price, timeShort } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { changeKindName, changeText, coinPrice, confidenceText, decisionWord } from "../lib/trading-words.js";
import { factsById } from "../state/account.js";
import { serverNow } from "../state/clock.js";
import { openDialog, question } from "../state/dialogs.js";
import { address } from "../state/route.js";
import { isOnline } from "../state/tick.js";
import { answer, busy, changesOf, newest, pauseAi, traderOf } from "../state/trading.js";
import { Spark } from "./trading-spark.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {import("../state/trading.js").Change} Change */

/** @param {{ trade: Trade }} props */
export function PositionCard({ trade }) {
  const trader = traderOf(trade.originator_id);
  const isLive = trader?.trading.mode === "live";
  const isBusy = busy.value.has(trade.id) || !isOnline.value;
  const changes = changesOf.value.get(trade.id) ?? [];
  const wanted = changes.find(({ state }) => state === "PENDING") ?? null;
  const isShort = trade.legs[0]?.side === "SHORT";
  const facts = factsById.value.get(trade.id) ?? null;
  const isAdjusting = question.value?.kind === "adjust" && question.value.trade.id === trade.id;
  return html`
    <article class="panel trading-card" data-live=${isLive ? "" : null} data-trade=${trade.id} aria-label=${`${trade.ticker}, ${isShort ? "short" : "long"}`}>
      <div class="panel-head">
        <h3><span class="figure">${trade.ticker}</span> ${isShort ? "Short" : "Long"} <${Chip} tone=${isLive ? "live" : "plain"}>${isLive ? "Live" : "Paper"}<//>${trade.ai_paused && html` <${Chip} tone="warn">AI paused<//>`}</h3>
        <span class="trading-result"><${Amount} value=${trade.unrealized_pnl} />${facts?.pnl_pct !== undefined && facts?.pnl_pct !== null && html` <span class="figure-side">${changeOf(facts.pnl_pct)}</span>`}</span>
      </div>
      <p class="panel-note">${trader?.name ?? "A removed trader"} · ${count(trade.open_qty)} bought ${trade.entry_date === null ? "" : `${dateTime(trade.entry_date)} `}at ${coinPrice(trade.entry_price)} · ${trade.entry_date === null ? "" : duration((serverNow() - Date.parse(trade.entry_date)) / 3_600_000)} in it</p>
      <${Spark} trade=${trade} />
      <dl class="plain-facts trading-levels">
        <dt>Price</dt><dd class="figure">${price(trade.current_price)}</dd>
        <dt>Best</dt><dd class="figure"><${Amount} value=${trade.max_gain} />${trade.drawdown_from_peak !== null && html` <span class="figure-side">fell ${price(Math.abs(trade.drawdown_from_peak))} since</span>`}</dd>
        <dt>Stop</dt><dd class="figure">${price(trade.sl_price)}${movedText(trade, changes)}</dd>
        <dt>Targets</dt><dd class="figure">${targetsOf(trade)}</dd>
      </dl>
      ${wanted !== null && html`<${Wanted} trade=${trade} change=${wanted} isBusy=${isBusy} />`}
      <${LastWord} trade=${trade} />
      ${isAdjusting && html`<${AdjustForm} trade=${question.value?.trade ?? trade} />`}
      <div class="form-actions">
        <button type="button" class="button" data-size="small" disabled=${isBusy} onClick=${() => openDialog("adjust", trade)}>Edit levels</button>
        <button type="button" class="button" data-size="small" disabled=${isBusy} onClick=${() => void pauseAi(trade, !trade.ai_paused)}>${trade.ai_paused ? "Resume AI" : "Pause AI"}</button>
        <button type="button" class="button" data-size="small" disabled=${isBusy} onClick=${() => openDialog("close", trade)}>Close</button>
      </div>
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

/** @param {Trade} trade */
const targetsOf = ({ targets, tp_price }) =>
  targets.length === 0 ? price(tp_price) : targets.map((target, index) => html`<span key=${index} class="trading-target" data-filled=${target.state === "FILLED" ? "" : null}>${price(target.price)} × ${count(target.quantity)}${target.state === "FILLED" ? " taken" : ""}</span>`);

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
      <p class="panel-note">${done}${done !== "" && " · "}<a href=${address("trading", { part: "journal", trader: trade.originator_id ?? "" })}>Decisions of its trader</a></p>
    </div>
  `;
}
