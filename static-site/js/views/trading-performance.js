/** What traders amount to: figures, over time, confidence against outcome, who and what made it, and replays by other settings. */
import { Amount } from "../components/amount.js";
import { Choice } from "../components/choice.js";
import { Empty, Failed, Loading } from "../components/empty.js";
import { Field } from "../components/field.js";
import { StaleNotice } from "../components/stale-notice.js";
import { Why } from "../components/why.js";
import { calendarDate, change, count, money, percent, plural } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { PAPER_NOTE, RISK_NOTE } from "../lib/trading-words.js";
import { reasonName, triggerName } from "../lib/words.js";
import { aiPerformance, aiPerformanceError, aiPerformanceFaults, bothKinds, isReading, readAiPerformance, saveLots } from "../state/ai-performance.js";
import { address, narrow, params } from "../state/route.js";
import { positions, traders } from "../state/trading.js";
import { FigureTable } from "./figure-table.js";
import { FilterFold } from "./filter-fold.js";
import { TextFilter } from "./filter-text.js";
import { PerformanceCurve } from "./performance-curve.js";
import { Figure, PerformanceFigures } from "./performance-figures.js";
import { Calibration } from "./trading-calibration.js";
import { Replays } from "./trading-replays.js";

/** @typedef {import("../state/ai-performance.js").AiPerformance} AiPerformance */
/** @typedef {import("../state/ai-performance.js").Asked} Asked */

const PROVES_LITTLE_BELOW = 10;
const NOTHING = { from: "", to: "", trader: "", mode: "", tag: "" };
const MONEY = [["", "Paper"], ["live", "Live"]];

/** @returns {Asked} what the address narrows to */
const asked = () => ({ ...NOTHING, ...Object.fromEntries(Object.keys(NOTHING).map((name) => [name, params.value[name] ?? ""])) });

export function TradingPerformance() {
  const now = asked();
  const held = positions.value.map(({ id }) => id).join();
  useEffect(() => void readAiPerformance(now), [JSON.stringify(now), held]); // what leaves the open positions counts here
  return html`<${Filters} now=${now} /><${Scope} now=${now} /><${Body} now=${now} /><${Replays} />`;
}

/** @param {{ now: Asked }} props */
function Filters({ now }) {
  const set = (/** @type {Partial<Asked>} */ to) => narrow({ ...params.value, part: "performance", ...now, ...to });
  const faults = aiPerformanceFaults.value;
  return html`
    <${FilterFold} set=${Object.values(now).filter((value) => value !== "").length}>
      <form class="filters" aria-label="Filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
        <${Choice} label="Money" value=${now.mode} options=${MONEY} onChoose=${(/** @type {string} */ mode) => set({ mode })} />
        <${Choice} label="Trader" value=${now.trader} options=${[["", "All traders"], ...(traders.value ?? []).map(({ id, name }) => [id, name])]} onChoose=${(/** @type {string} */ trader) => set({ trader })} />
        <${Field} label="From" type="date" value=${now.from} max=${now.to || null} onInput=${(/** @type {string} */ from) => set({ from })} error=${faults.from ?? null} />
        <${Field} label="To" type="date" value=${now.to} min=${now.from || null} onInput=${(/** @type {string} */ to) => set({ to })} error=${faults.to ?? null} />
        <${TextFilter} label="Tag" applied=${now.tag} onApply=${(/** @type {string} */ tag) => set({ tag })} maxlength="40" error=${faults.tag ?? null} />
        <button type="button" class="button" data-size="small" onClick=${() => void saveLots(now)}>Lots as CSV</button>
      </form>
    <//>
  `;
}

/** Whose money, which days. @param {{ now: Asked }} props */
function Scope({ now: { from, to, trader, mode, tag } }) {
  const days = from === "" && to === "" ? "last 30 days, UTC" : `${from === "" ? "30 days" : calendarDate(from)} to ${to === "" ? "today" : calendarDate(to)}, UTC`;
  const whose = trader === "" ? "all traders" : (traders.value ?? []).find(({ id }) => id === trader)?.name ?? "one trader";
  return html`
    <h2 class="scope">Realized P&L · ${[mode === "live" ? "Live, real money" : "Paper", whose, days, tag].filter(Boolean).join(" · ")}</h2>
    <p class="panel-note">${RISK_NOTE}${mode === "live" ? "" : ` ${PAPER_NOTE} Liquidity is taken as unlimited.`}</p>
  `;
}

/** @param {{ now: Asked }} props */
function Body({ now }) {
  const known = aiPerformance.value;
  const error = aiPerformanceError.value;
  const again = () => void readAiPerformance(now);
  if (known === null) return error === null ? html`<${Loading} what="performance" />` : html`<${Failed} what="Performance" error=${error} onRetry=${again} />`;
  const notice = error === null ? null : html`<${StaleNotice} error=${error} onRetry=${again} />`;
  if (known.trades === 0 && bothKinds.value !== null && bothKinds.value.paper.trades + bothKinds.value.live.trades === 0) {
    return html`${notice}<${Empty} title="No trade of a trader has ended in this time">
      <p>Win rate, curve, confidence against outcome and what each trader brings appear with the first one.</p>
    <//>`;
  }
  return html`
    <div class="performance" aria-busy=${isReading.value ? "true" : null}>
      ${notice}
      ${known.trades > 0 && known.trades < PROVES_LITTLE_BELOW && html`<p class="notice" role="status">${known.trades === 1 ? "One trade has" : `${known.trades} trades have`} ended. Under ${PROVES_LITTLE_BELOW}, rates and ratios prove little.</p>`}
      <${PerformanceFigures} known=${known} />
      <${More} known=${known} />
      <${PerformanceCurve} known=${known} />
      <${Calibration} known=${known} />
      <${Tables} known=${known} />
    </div>
  `;
}

/** @param {{ known: AiPerformance }} props */
const More = ({ known }) => html`
  <dl class="kpis" aria-label="More figures of traders">
    <${Figure} label="Return" note="of what the account began with">${known.total_pnl_pct === null ? html`<${Why} reason="It needs one trade." />` : change(known.total_pnl_pct)}<//>
    <${Figure} label="Recovery" note="days back to the peak">${known.recovery_days === null ? html`<${Why} reason="There was no drawdown, or it has not been made good." />` : plural(known.recovery_days, "day")}<//>
    <${Figure} label="Best trade" note=${known.best_trade?.symbol}>${known.best_trade === null ? "—" : html`<${Amount} value=${known.best_trade.pnl} />`}<//>
    <${Figure} label="Worst trade" note=${known.worst_trade?.symbol}>${known.worst_trade === null ? "—" : html`<${Amount} value=${known.worst_trade.pnl} />`}<//>
    <${Figure} label="Kelly" note="capped at a quarter; shown, not used">${known.kelly === null ? html`<${Why} reason="It needs trades that won and trades that lost." />` : percent(known.kelly * 100)}<//>
    <${Figure} label="Changes toward profit" note=${`${count(known.stop_moves.toward_profit)} of ${count(known.stop_moves.moves)} stops moved`}>${known.stop_moves.moves === 0 ? html`<${Why} reason="No stop was moved." />` : percent((known.stop_moves.toward_profit / known.stop_moves.moves) * 100)}<//>
    <${Figure} label="Models cost" note=${known.cost.per_decision_usd === null ? plural(known.cost.calls, "call") : `${plural(known.cost.calls, "call")}, ${priceOfDecision(known.cost.per_decision_usd)} a decision`}>${money(known.cost.usd)}<//>
  </dl>
`;

/** @param {number} value */
const priceOfDecision = (value) => (value < 0.01 ? "under a cent" : money(value));

/** @param {{ known: AiPerformance }} props */
function Tables({ known }) {
  const both = bothKinds.value;
  const { model, rules, person } = known.ai_against_rules;
  return html`
    <div class="groups">
      ${both !== null && html`<${FigureTable} title="Paper against live" head="Money" rows=${[{ name: "Paper", figures: both.paper }, { name: "Live", figures: both.live }]} note=${`${PAPER_NOTE} They are never added up.`} />`}
      <${FigureTable} title="Long against short" head="Side" rows=${[{ name: "Long", figures: known.long }, { name: "Short, paper only", figures: known.short }]} />
      <${FigureTable} title="AI against rules" head="Ended by" rows=${[{ name: "The model's word", figures: model }, { name: "Rules and levels", figures: rules }, { name: "A person", figures: person }]} />
      <${FigureTable} title="By trader" head="Trader" more=${["Models"]}
        rows=${known.by_trader.map((one) => ({ name: html`<a href=${address("trading", { part: "journal", trader: one.trader_id })}>${one.name || "A removed trader"}</a>`, figures: one, more: [money(one.cost_usd)] }))} />
      <${Groups} title="By pair" head="Pair" rows=${known.by.ticker} show=${String} />
      <${Groups} title="By close reason" head="Reason" rows=${known.by.close_reason} show=${reasonName} />
      <${Groups} title="By tag" head="Tag" rows=${known.by.tag} show=${String} />
      <${Moves} moves=${known.stop_moves} />
    </div>
    <p class="panel-note">Grey: fewer than ${PROVES_LITTLE_BELOW} trades, which prove little. R is the P&L in units of what the first stop would have lost.</p>
  `;
}

/** @param {{ title: string, head: string, rows: AiPerformance["by"]["tag"], show: (key: string) => string }} props */
const Groups = ({ title, head, rows, show }) =>
  rows.length === 0 ? null : html`<${FigureTable} title=${title} head=${head} rows=${rows.map((row) => ({ name: row.key === null ? html`<span class="group-unknown">none</span>` : show(row.key), figures: row }))} />`;

/** @param {{ moves: AiPerformance["stop_moves"] }} props */
const Moves = ({ moves: { by } }) =>
  by.length === 0
    ? null
    : html`<section class="panel group-panel"><table class="group" role="table"><caption>Stops moved</caption>
        <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">By</th>${["Moved", "Toward profit"].map((text) => html`<th key=${text} role="columnheader" scope="col" class="group-figure">${text}</th>`)}</tr></thead>
        <tbody role="rowgroup">${by.map((one) => html`<tr role="row" key=${one.triggered_by}><th role="rowheader" scope="row">${triggerName(one.triggered_by)}</th><td role="cell" class="group-figure figure" data-label="Moved">${count(one.moves)}</td><td role="cell" class="group-figure figure" data-label="Toward profit">${count(one.toward_profit)}</td></tr>`)}</tbody>
      </table></section>`;
