/** All runs, newest first: what was tested, over which market, how far it is. */
import { Chip } from "../components/chip.js";
import { Empty } from "../components/empty.js";
import { calendarDate, dateTime } from "../lib/format.js";
import { html } from "../lib/html.js";
import { fillText, isUnderWay, marketText, setsText, stateName } from "../lib/backtest-words.js";
import { typeName } from "../lib/desk-words.js";
import { cancel, canceling, hasOlderRuns, readOlderRuns } from "../state/backtests.js";
import { address, narrow } from "../state/route.js";
import { isOnline, OFFLINE } from "../state/tick.js";

/** @typedef {import("../state/backtests.js").BacktestRow} BacktestRow */

const TONES = /** @type {Record<string, string>} */ ({ failed: "bad", canceled: "plain", done: "plain", running: "accent", queued: "accent" });

/** @param {{ known: BacktestRow[] }} props */
export function BacktestsList({ known }) {
  if (known.length === 0) {
    return html`
      <${Empty} title="No backtest yet">
        <p>A backtest sends a strategy through the past by the desk's own gates, exits and costs, then says what it made, and what may make that look better than it is. A made-up market needs no data.</p>
        <button type="button" class="button" data-kind="primary" onClick=${() => narrow({ test: "new" })}>Test a strategy</button>
      <//>
    `;
  }
  return html`
    <ul class="runs" aria-label="Backtests">${known.map((run) => html`<${Run} key=${run.id} run=${run} />`)}</ul>
    ${hasOlderRuns.value && html`<p class="more"><button type="button" class="button" onClick=${readOlderRuns}>Show older</button></p>`}
  `;
}

/** @param {{ run: BacktestRow }} props */
function Run({ run }) {
  const { id, status, request, created_at: at } = run;
  return html`
    <li class="run" data-run=${id}>
      <div class="run-name">
        <a href=${address("backtests", { run: id })}>${request.strategy.name}</a>
        <span class="cell-sub">${typeName(request.strategy.type)} · ${request.strategy.underlying}</span>
      </div>
      <div class="run-what">
        <span class="figure">${calendarDate(request.from)} to ${calendarDate(request.to)}</span>
        <span class="cell-sub">${[marketText(request), fillText(request), setsText(request)].filter(Boolean).join(" · ")}</span>
      </div>
      <div class="run-state">
        ${isUnderWay(run) ? html`<${Progress} run=${run} />` : html`<${Chip} tone=${TONES[status] ?? "plain"}>${stateName(status)}<//>`}
        <span class="cell-sub figure">asked ${dateTime(at)}</span>
      </div>
    </li>
  `;
}

/** How far it is, and a way out. @param {{ run: BacktestRow }} props */
export function Progress({ run }) {
  const { id, status, progress, request } = run;
  return html`
    <div class="run-progress">
      <progress max="100" value=${progress} aria-label=${`Backtest of ${request.strategy.name}`}></progress>
      <span class="figure">${status === "queued" ? "waits for its turn" : `${progress}%`}</span>
      <button type="button" class="button" data-size="small" disabled=${canceling.value.has(id) || !isOnline.value} title=${isOnline.value ? null : OFFLINE} onClick=${() => void cancel(run)}>
        ${canceling.value.has(id) ? "Canceling…" : "Cancel"}<span class="visually-hidden"> the backtest of ${request.strategy.name}</span>
      </button>
    </div>
  `;
}
