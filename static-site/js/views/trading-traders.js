/** The traders: how each stands, what it may, switching it, trying it without effect, closing all that it holds. */
import { Chip } from "../components/chip.js";
import { Dialog } from "../components/dialog.js";
import { Empty } from "../components/empty.js";
import { lazy } from "../components/lazy.js";
import { MoneyChip } from "../components/money-note.js";
import { count, percent } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { confidenceText, traderStateName } from "../lib/trading-words.js";
import { narrow } from "../state/route.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { busy, closeAllOf, enableTrader, endLive, moneyOf, pauseOrResume, positions, traders } from "../state/trading.js";

const TraderLive = lazy("the live switch", async () => (await import("./trader-live.js")).TraderLive);
const TraderPairs = lazy("the pairs", async () => (await import("./trader-pairs.js")).TraderPairs);
const TraderWebhook = lazy("the webhook", async () => (await import("./trader-webhook.js")).TraderWebhook);
const TraderTest = lazy("the test", async () => (await import("./trader-test.js")).TraderTest);

/** @typedef {import("../state/trading.js").Trader} Trader */

const ASKED = { live: TraderLive, cap: TraderLive, pairs: TraderPairs, webhook: TraderWebhook };

const PLACES = { paper: "our own engine, on paper", testnet: "Binance's testnet, no real money", live: "Binance, with real money" };

const TONES = /** @type {Record<string, string>} */ ({ ON: "accent", LOCKED: "warn" });

export function TradingTraders() {
  const known = traders.value ?? [];
  const [tried, setTried] = useState(/** @type {Trader | null} */ (null));
  const [asked, setAsked] = useState(/** @type {{ what: keyof typeof ASKED, one: Trader } | null} */ (null));
  const [closing, setClosing] = useState(/** @type {Trader | null} */ (null));
  if (known.length === 0) {
    return html`
      <${Empty} title="No trader yet">
        <p>A trader watches pairs by a filter. When it signals, a model decides, and every rule is asked before anything is sent. It begins switched off, on paper, and asks you first.</p>
        <button type="button" class="button" data-kind="primary" onClick=${() => narrow({ part: "traders", edit: "new" })}>Make the first one</button>
      <//>
    `;
  }
  return html`
    <h2 class="visually-hidden">Traders</h2>
    <div class="trading-cards">${known.map((one) => html`<${Card} key=${one.id} one=${one} onTry=${() => setTried(one)} onAsk=${(/** @type {keyof typeof ASKED} */ what) => setAsked({ what, one })} onClose=${() => setClosing(one)} />`)}</div>
    ${tried !== null && html`<${TraderTest} one=${tried} onClose=${() => setTried(null)} />`}
    ${asked !== null && html`<${ASKED[asked.what]} one=${asked.one} onClose=${() => setAsked(null)} />`}
    ${closing !== null && html`<${CloseQuestion} one=${closing} onClose=${() => setClosing(null)} />`}
  `;
}

/** @param {{ one: Trader, onTry: () => void, onAsk: (what: keyof typeof ASKED) => void, onClose: () => void }} props */
function Card({ one, onTry, onAsk, onClose }) {
  const { trading } = one;
  const isOff = busy.value.has(one.id) || !isOnline.value;
  const held = positions.value.filter(({ originator_id }) => originator_id === one.id).length;
  const money = moneyOf(one);
  const isLive = money === "live";
  const shown = one.symbols.length > 6 ? `${one.symbols.slice(0, 6).join(", ")} and ${one.symbols.length - 6} more` : one.symbols.join(", ");
  return html`
    <article class="panel trading-card" data-trader=${one.id} data-live=${isLive ? "" : null} aria-label=${one.name}>
      <div class="panel-head">
        <h3>${one.name} <${MoneyChip} money=${money} /></h3>
        <${Chip} tone=${TONES[one.state] ?? "plain"}>${traderStateName(one.state)}<//>
      </div>
      <p class="panel-note">${shown} · candles of ${one.timeframe}</p>
      <dl class="plain-facts">
        <dt>Trades at</dt><dd>${PLACES[money]}</dd>
        <dt>Enters</dt><dd>${trading.require_approval ? "after your yes" : "by itself"}, from a confidence of ${confidenceText(trading.min_confidence)}</dd>
        <dt>Positions</dt><dd class="figure">${count(held)} of ${count(trading.max_positions)}</dd>
        <dt>Risk of a trade</dt><dd class="figure">${percent(trading.max_risk_pct)}</dd>
        <dt>Stops at</dt><dd class="figure">${percent(trading.max_daily_drawdown_pct)} a day, ${percent(trading.max_total_drawdown_pct)} in all</dd>
        <dt>Changes wait</dt><dd class="figure">${trading.veto_seconds === 0 ? "not at all" : `${count(trading.veto_seconds)} s for your veto`}</dd>
      </dl>
      <div class="form-actions">
        <label class="switch" title=${isOnline.value ? null : OFFLINE}>
          <input type="checkbox" role="switch" checked=${busy.value.has(one.id) ? !trading.enabled : trading.enabled} disabled=${isOff} onChange=${() => void enableTrader(one, !trading.enabled)} />
          <span>${trading.enabled ? "On" : "Off"}<span class="visually-hidden">, ${one.name}</span></span>
        </label>
        ${trading.enabled && html`<button type="button" class="button" data-size="small" disabled=${isOff} onClick=${() => void pauseOrResume(one)}>${one.state === "ON" ? "Pause" : "Resume"}</button>`}
        <button type="button" class="button wide-only" data-size="small" aria-label=${`Edit ${one.name}`} onClick=${() => narrow({ part: "traders", edit: one.id })}>Edit</button>
        <button type="button" class="button" data-size="small" disabled=${isOff} onClick=${onTry}>Try…</button>
        <button type="button" class="button" data-size="small" onClick=${() => onAsk("pairs")}>Pairs…</button>
        <button type="button" class="button wide-only" data-size="small" onClick=${() => onAsk("webhook")}>Webhook…</button>
        ${
          isLive
            ? html`<button type="button" class="button wide-only" data-size="small" disabled=${isOff} onClick=${() => onAsk("cap")}>Lift the cap…</button>
              <button type="button" class="button" data-size="small" disabled=${isOff} onClick=${() => void endLive(one)}>Switch live off</button>`
            : html`<button type="button" class="button wide-only" data-size="small" disabled=${isOff} onClick=${() => onAsk("live")}>Live…</button>`
        }
        ${held > 0 && html`<button type="button" class="button" data-size="small" data-kind="danger" disabled=${isOff} onClick=${onClose}>Close all…</button>`}
      </div>
    </article>
  `;
}

/** @param {{ one: Trader, onClose: () => void }} props */
const CloseQuestion = ({ one, onClose }) => html`
  <${Dialog} title=${`Close everything of ${one.name}?`} kind="narrow" onClose=${onClose}>
    <p>All that it holds is sold at the market, and what rests for it is withdrawn. The trader stays as it is.</p>
    <div class="dialog-actions">
      <button type="button" class="button" onClick=${onClose} autofocus>Keep it</button>
      <button type="button" class="button" data-kind="danger-strong" onClick=${() => {
        onClose();
        void closeAllOf(one);
      }}>Close all</button>
    </div>
  <//>
`;
