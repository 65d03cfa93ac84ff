/** One backtest: how far it is, or what it made with what may make that look better than it is at equal size beside it. */
import { Failed, Loading } from "../components/empty.js";
import { GateCounts } from "../components/gate-counts.js";
import { lazy } from "../components/lazy.js";
import { calendarDate, money } from "../lib/format.js";
import { html } from "../lib/html.js";
import { fillText, isUnderWay, marketText, setsText, stateName } from "../lib/backtest-words.js";
import { opened, openErrors, readRun, runs } from "../state/backtests.js";
import { closeMenus } from "../state/keys.js";
import { address, narrow, params } from "../state/route.js";
import { BacktestBeside } from "./backtest-beside.js";
import { BacktestBias } from "./backtest-bias.js";
import { exportResult, exportTrades } from "./backtest-export.js";
import { BacktestMade } from "./backtest-made.js";
import { BacktestMonths } from "./backtest-months.js";
import { BacktestAssumed, BacktestRests } from "./backtest-rests.js";
import { BacktestTrades } from "./backtest-trades.js";
import { Progress } from "./backtests-list.js";
import { PerformanceCurve } from "./performance-curve.js";

/** @typedef {import("../state/backtests.js").Backtest} Backtest */

const BacktestCompare = lazy("the comparison", async () => (await import("./backtest-compare.js")).BacktestCompare);
const BacktestSweep = lazy("the map", async () => (await import("./backtest-sweep.js")).BacktestSweep, { styles: ["css/views/heat.css"] });

/** @param {{ id: string, other: string }} props */
export function BacktestRun({ id, other }) {
  const run = opened.value.get(id);
  const error = openErrors.value.get(id);
  if (run === undefined) {
    return error === undefined ? html`<${Loading} what="the backtest" />` : html`<${Failed} what="The backtest" error=${error} onRetry=${() => readRun(id)} />`;
  }
  return html`
    <div class="backtest">
      <${Head} run=${run} />
      ${other === "" ? html`<${Body} run=${run} />` : html`<${BacktestCompare} one=${run} id=${other} />`}
    </div>
  `;
}

/** @param {{ run: Backtest }} props */
function Head({ run }) {
  const { request, id, result } = run;
  const take = (/** @type {(run: Backtest) => void} */ into) => {
    closeMenus(null);
    into(run);
  };
  const others = (runs.value ?? []).filter((each) => each.status === "done" && each.id !== id);
  return html`
    <div class="backtest-head">
      <div>
        <p><a href=${address("backtests")}>‹ All backtests</a></p>
        <h2>${request.strategy.name} <span class="figure backtest-days">${calendarDate(request.from)} to ${calendarDate(request.to)}</span></h2>
        <p class="panel-note figure">${[request.strategy.underlying, marketText(request), fillText(request), `${money(request.commission)} a contract`, `${money(request.initial_capital)} to begin with`, setsText(request)].filter(Boolean).join(" · ")}</p>
      </div>
      <div class="view-tools">
        <button type="button" class="button" data-size="small" onClick=${() => narrow({ test: `again:${id}` })}>Test again…</button>
        ${
          result !== null &&
          others.length > 0 &&
          html`<label class="compare-with"><span>Compare with</span>
            <select value=${params.value.with ?? ""} onChange=${(/** @type {any} */ event) => narrow({ run: id, with: event.currentTarget.value })}>
              <option value="">nothing</option>
              ${others.map((each) => html`<option key=${each.id} value=${each.id} selected=${each.id === params.value.with}>${each.request.strategy.name}, ${each.request.from} to ${each.request.to}, ${marketText(each.request)}</option>`)}
            </select></label>`
        }
        ${
          result !== null &&
          html`<details class="menu">
            <summary class="button" data-size="small">Export</summary>
            <div class="menu-body">
              <button type="button" class="button" onClick=${() => take(exportTrades)}>Trades as CSV</button>
              <button type="button" class="button" onClick=${() => take(exportResult)}>All of it as JSON</button>
            </div>
          </details>`
        }
      </div>
    </div>
  `;
}

/** @param {{ run: Backtest }} props */
function Body({ run }) {
  const { status, result, reason } = run;
  if (isUnderWay(run)) {
    return html`
      <section class="panel" aria-label="Progress">
        <${Progress} run=${run} />
        <p class="panel-note" role="status">It goes on by itself, also when this page is closed. Results come when all of it is done.</p>
      </section>
    `;
  }
  if (status === "failed") return html`<p class="notice" data-tone="bad" role="alert">It failed: ${reason ?? "nobody knows why"}.</p>`;
  if (result === null) return html`<p class="notice">${stateName(status)}: it has no result.</p>`;
  return html`
    <${BacktestAssumed} result=${result} request=${run.request} />
    <div class="backtest-verdict">
      <${BacktestMade} result=${result} />
      <${BacktestBias} checks=${result.bias} />
    </div>
    <${PerformanceCurve} known=${result} />
    ${result.sweep !== null && html`<${BacktestSweep} cells=${result.sweep} run=${run} />`}
    <div class="backtest-parts">
      <${BacktestMonths} monthly=${result.monthly} />
      <${BacktestBeside} result=${result} strategy=${run.request.strategy} />
    </div>
    <${BacktestTrades} result=${result} underlying=${run.request.strategy.underlying} />
    <div class="backtest-parts">
      <${GateCounts} title="Gates" known=${result.gates} none="No gate was asked." />
      <${BacktestRests} result=${result} />
    </div>
  `;
}
