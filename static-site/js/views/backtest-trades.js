/** Each trade of the test: what it was, how it ended, and unfolded why it was entered and where its result came from. */
import { Amount } from "../components/amount.js";
import { Icon } from "../components/icon.js";
import { lazy } from "../components/lazy.js";
import { Segmented } from "../components/segmented.js";
import { date, duration, plural, price } from "../lib/format.js";
import { html, useEffect, useId, useState } from "../lib/html.js";
import { leftBy } from "../lib/backtest-words.js";
import { expiriesText, strikesText } from "../lib/legs.js";
import { termsOf } from "../lib/occ.js";
import { narrow, params } from "../state/route.js";

/** @typedef {import("../state/backtests.js").BacktestResult} BacktestResult */
/** @typedef {import("../shapes-backtests.js").TestedTrade} TestedTrade */
/** @typedef {"date" | "worst" | "best"} Order */

const BacktestTrade = lazy("the trade", async () => (await import("./backtest-trade.js")).BacktestTrade);

const FIRST = 25;
const HOUR_MS = 3_600_000;
/** @type {[Order, string][]} */
const ORDERS = [["date", "By date"], ["worst", "Worst first"], ["best", "Best first"]];
/** @type {Record<Order, (one: TestedTrade, other: TestedTrade) => number>} */
const BEFORE = {
  date: (one, other) => one.opened_at.localeCompare(other.opened_at),
  worst: (one, other) => one.realized_pnl - other.realized_pnl,
  best: (one, other) => other.realized_pnl - one.realized_pnl,
};

/** @param {{ result: BacktestResult, underlying: string }} props */
export function BacktestTrades({ result: { trade_log: log }, underlying }) {
  const [order, setOrder] = useState(/** @type {Order} */ ("date"));
  const [isWhole, setWhole] = useState(false);
  const linked = Number(params.value.trade ?? 0);
  const sorted = [...log].sort(BEFORE[order]);
  const shown = isWhole || sorted.findIndex(({ number }) => number === linked) >= FIRST ? sorted : sorted.slice(0, FIRST);
  return html`
    <section class="panel" aria-labelledby="backtest-trades">
      <div class="panel-head">
        <h2 id="backtest-trades">${plural(log.length, "trade")}</h2>
        ${log.length > 1 && html`<${Segmented} label="Order" value=${order} options=${ORDERS} onChoose=${setOrder} />`}
      </div>
      ${
        log.length === 0
          ? html`<p class="panel-note">Nothing was entered. The gates below say what stopped it.</p>`
          : html`
              <div class="tested-head" aria-hidden="true"><span></span><span>Opened</span><span>What</span><span>Entry</span><span>Exit</span><span>Left by</span><span>Held</span><span>R</span><span>P&L</span></div>
              <ol class="tested">${shown.map((trade) => html`<${Item} key=${trade.number} trade=${trade} underlying=${underlying} isOpen=${trade.number === linked} />`)}</ol>
            `
      }
      ${shown.length < log.length && html`<p class="more"><button type="button" class="button" onClick=${() => setWhole(true)}>Show all ${log.length}</button></p>`}
    </section>
  `;
}

/** @param {{ trade: TestedTrade, underlying: string, isOpen: boolean }} props */
function Item({ trade, underlying, isOpen: isLinked }) {
  const [isOpen, setOpen] = useState(isLinked);
  const place = useId();
  useEffect(() => {
    if (isLinked) document.getElementById(place)?.scrollIntoView({ block: "center" });
  }, []);
  const terms = trade.legs.map(termsOf);
  const hours = (Date.parse(trade.closed_at) - Date.parse(trade.opened_at)) / HOUR_MS;
  const toggle = () => {
    const { run = "", trade: before = "" } = params.value;
    if (!isOpen || before === String(trade.number)) narrow({ run, trade: isOpen ? "" : String(trade.number) });
    setOpen(!isOpen);
  };
  return html`
    <li class="tested-trade" data-trade=${trade.number}>
      <button type="button" class="unfold tested-line" aria-expanded=${String(isOpen)} aria-controls=${place} onClick=${toggle}>
        <${Icon} name="chevron" />
        <time class="figure" datetime=${trade.opened_at}>${date(trade.opened_at)}</time>
        <span class="tested-name">${underlying} ${strikesText(terms)}<span class="figure-side">${expiriesText(terms, true)}${trade.qty === 1 ? "" : ` · ${trade.qty}×`}</span></span>
        <span class="figure"><span class="tested-label">entry </span>${price(trade.entry_price)}</span>
        <span class="figure"><span class="tested-label">exit </span>${price(trade.exit_price)}</span>
        <span class="tested-why">${leftBy(trade)}</span>
        <span class="figure"><span class="tested-label">held </span>${duration(hours)}</span>
        <span class="figure">${trade.r === null ? "—" : `${trade.r < 0 ? "−" : "+"}${Math.abs(trade.r).toFixed(2)}R`}</span>
        <span class="figure tested-pnl"><${Amount} value=${trade.realized_pnl} /></span>
      </button>
      <div id=${place}>${isOpen && html`<${BacktestTrade} trade=${trade} terms=${terms} />`}</div>
    </li>
  `;
}
