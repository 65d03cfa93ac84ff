/** AI traders: what waits for a word, what they hold, what they decided and why, and the traders themselves. */
import { Amount } from "../components/amount.js";
import { Failed, Loading } from "../components/empty.js";
import { StaleNotice } from "../components/stale-notice.js";
import { count, money, percent } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { PAPER_NOTE, RISK_NOTE } from "../lib/trading-words.js";
import { readAt } from "../state/portfolio.js";
import { address, narrow, params } from "../state/route.js";
import { aiAccount, mayEnter, positions, readTrading, traders, tradingError, waiting } from "../state/trading.js";
import { TraderEditor } from "./trader-editor.js";
import { TradingJournal } from "./trading-journal.js";
import { TradingPositions } from "./trading-positions.js";
import { TradingTraders } from "./trading-traders.js";

export function TradingView() {
  const { trader = "", outcome = "", part = "", edit = "" } = params.value;
  useEffect(() => void readTrading({ trader, outcome }), [trader, outcome, readAt.value?.localMs]);
  const isLive = (traders.value ?? []).some(({ trading }) => trading.mode === "live");
  /** @type {[string, string, number][]} */
  const parts = [
    ["", "Positions", positions.value.length + waiting.value.length],
    ["journal", "Decisions", 0],
    ["traders", "Traders", traders.value?.length ?? 0],
  ];
  return html`
    <div class="view-head">
      <h1>Trading</h1>
      <div class="view-tools"><button type="button" class="button wide-only" onClick=${() => narrow({ part: "traders", edit: "new" })} disabled=${edit !== ""}>New trader</button></div>
    </div>
    <p class="notice trading-note" data-tone=${isLive ? "live" : null}>${isLive ? html`<strong>A trader is live: its orders use real money.</strong> ${RISK_NOTE}` : html`<strong>Paper.</strong> ${RISK_NOTE} ${PAPER_NOTE}`}</p>
    ${!mayEnter.value && html`<p class="notice" data-tone="warn">Whoever runs this has switched entries of all traders off. What is held is managed on.</p>`}
    <${Figures} />
    <nav class="tabs" aria-label="Trading">
      ${parts.map(([name, text, number]) => html`<a key=${name} href=${address("trading", { part: name })} aria-current=${part === name ? "page" : null}>${text}${number > 0 && html`<span class="count">${number}</span>`}</a>`)}
    </nav>
    ${tradingError.value !== null && traders.value !== null && html`<${StaleNotice} error=${tradingError.value} onRetry=${() => void readTrading()} />`}
    <${Part} part=${part} edit=${edit} />
  `;
}

/** @param {{ part: string, edit: string }} props */
function Part({ part, edit }) {
  if (traders.value === null) {
    return tradingError.value === null ? html`<${Loading} what="traders" />` : html`<${Failed} what="Traders" error=${tradingError.value} onRetry=${() => void readTrading()} />`;
  }
  if (edit !== "") return html`<${TraderEditor} key=${edit} id=${edit} />`;
  if (part === "journal") return html`<${TradingJournal} />`;
  if (part === "traders") return html`<${TradingTraders} />`;
  return html`<${TradingPositions} />`;
}

/** The account of coins, in USDT. */
function Figures() {
  const known = aiAccount.value;
  return html`
    <dl class="kpis trading-figures" aria-label="The account of coins">
      <${Figure} label="Balance" note="USDT, with what is held">${money(known?.equity ?? null)}<//>
      <${Figure} label="Free" note="USDT">${money(known?.free ?? null)}<//>
      <${Figure} label="Today" note="since 00:00 UTC"><${Amount} value=${known?.today_pnl ?? null} /><//>
      <${Figure} label="Drawdown" note="from its peak">${percent(known?.drawdown_pct ?? null)}<//>
      <${Figure} label="Positions" note=${`${count(waiting.value.length)} waiting for you`}>${count(positions.value.length)}<//>
      <${Figure} label="Models today" note="what was asked of them">${money(known?.ai_cost_usd_today ?? null)}<//>
    </dl>
  `;
}

/** @param {{ label: string, note: string, children?: any }} props */
const Figure = ({ label, note, children }) => html`<div class="kpi"><dt>${label}</dt><dd class="figure">${children}</dd><dd class="kpi-note">${note}</dd></div>`;
