/** AI traders: what waits for a word, what they hold, what they decided and why, and the traders themselves. */
import { Amount } from "../components/amount.js";
import { Failed, Loading } from "../components/empty.js";
import { lazy } from "../components/lazy.js";
import { MoneyNote } from "../components/money-note.js";
import { Segmented } from "../components/segmented.js";
import { StaleNotice } from "../components/stale-notice.js";
import { count, money as dollars, percent } from "../lib/format.js";
import { html, useEffect, useRef } from "../lib/html.js";
import { moneyName } from "../lib/trading-words.js";
import { isPhone } from "../state/narrow.js";
import { readAt } from "../state/portfolio.js";
import { address, narrow, params } from "../state/route.js";
import { aiAccount, mayEnter, money, moneys, positions, readTrading, showMoney, traders, tradingError, waiting } from "../state/trading.js";
import { LiveOpen, LiveOpenNote } from "./live-figures.js";
import { TradingJournal } from "./trading-journal.js";
import { TradingPositions } from "./trading-positions.js";
import { TradingTraders } from "./trading-traders.js";

const TraderEditor = lazy("the settings", async () => (await import("./trader-editor.js")).TraderEditor, { styles: ["css/views/trading-editor.css"] });
const TradingClosed = lazy("what was closed", async () => (await import("./trading-closed.js")).TradingClosed);
const TradingPerformance = lazy("performance", async () => (await import("./trading-performance.js")).TradingPerformance, { styles: ["css/views/trading-performance.css"] });

export function TradingView() {
  const { trader = "", outcome = "", trade = "", part = "", edit = "" } = params.value;
  const asked = part === "journal" ? { trader, outcome, trade } : { trader: "", outcome: "", trade: "" };
  useEffect(() => void readTrading(asked), [JSON.stringify(asked), readAt.value?.localMs]);
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => bar.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }), [part, traders.value === null]);
  const [riskiest] = moneys.value;
  /** @type {[string, string, number][]} */
  const parts = [
    ["", "Active positions", positions.value.length + waiting.value.length],
    ["closed", "Closed", 0],
    ["journal", "Decision journal", 0],
    ["performance", "Performance", 0],
    ["traders", "Traders", traders.value?.length ?? 0],
  ];
  return html`
    <div class="view-head">
      <h1>Trading</h1>
      <div class="view-tools"><button type="button" class="button wide-only" onClick=${() => narrow({ part: "traders", edit: "new" })} disabled=${edit !== ""}>New trader</button></div>
    </div>
    <${MoneyNote} money=${riskiest} class="trading-note" ...${riskiest === "live" ? { lead: "A trader is live: its orders use real money." } : {}} />
    ${!mayEnter.value && html`<p class="notice" data-tone="warn">Whoever runs this has switched entries of all traders off. What is held is managed on.</p>`}
    <${Figures} />
    <nav class="tabs" aria-label="Trading" ref=${bar}>
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
  if (part === "closed") return html`<${TradingClosed} />`;
  if (part === "performance") return html`<${TradingPerformance} />`;
  if (part === "traders") return html`<${TradingTraders} />`;
  return html`<${TradingPositions} />`;
}

/** The account of coins, in USDT. */
function Figures() {
  const known = aiAccount.value;
  const lead = html`
    <${Figure} label=${`${moneyName(money.value)} balance`} note="USDT, with what is held">${dollars(known?.equity ?? null)}<//>
    <${Figure} label="Open P&L" note=${html`<${LiveOpenNote} />`}><${LiveOpen} /><//>
    <${Figure} label="Today" note="since 00:00 UTC"><${Amount} value=${known?.today_pnl ?? null} /><//>
  `;
  const more = html`
      <${Figure} label="Free" note="USDT">${dollars(known?.free ?? null)}<//>
      <${Figure} label="Drawdown" note="from its peak">${percent(known?.drawdown_pct ?? null)}<//>
      <${Figure} label="Positions" note=${`${count(waiting.value.length)} waiting for you`}>${count(positions.value.length)}<//>
      <${Figure} label="Models today" note="what they cost">${dollars(known?.ai_cost_usd_today ?? null)}<//>
  `;
  return html`${moneys.value.length > 1 && html`<div class="trading-money"><${Segmented} label="Whose balance" value=${money.value} options=${moneys.value.map((kind) => [kind, moneyName(kind)])} onChoose=${(/** @type {any} */ kind) => void showMoney(kind)} /></div>`}${isPhone.value
    ? html`<dl class="kpis trading-figures" aria-label="The account of coins">${lead}</dl><details class="kpis-more"><summary>More figures</summary><dl class="kpis">${more}</dl></details>`
    : html`<dl class="kpis trading-figures" aria-label="The account of coins" data-live=${money.value === "live" ? "" : null}>${lead}${more}</dl>`}`;
}

/** @param {{ label: string, note: any, children?: any }} props */
const Figure = ({ label, note, children }) => html`<div class="kpi"><dt>${label}</dt><dd class="figure">${children}</dd><dd class="kpi-note">${note}</dd></div>`;
