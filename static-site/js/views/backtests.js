/** Backtests: what a strategy would have done, and what may make that look better than it is. All runs, one of them, two beside each other, paper beside live. */
import { Failed, Loading } from "../components/empty.js";
import { lazy } from "../components/lazy.js";
import { StaleNotice } from "../components/stale-notice.js";
import { html, useEffect } from "../lib/html.js";
import { readRun, readRuns, readTestable, runs, runsError, watchRuns } from "../state/backtests.js";
import { address, narrow, params } from "../state/route.js";
import { BacktestRun } from "./backtest-run.js";
import { BacktestsList } from "./backtests-list.js";

const BacktestForm = lazy("the form", async () => (await import("./backtest-form.js")).BacktestForm);
const ShadowReport = lazy("paper beside live", async () => (await import("./shadow-report.js")).ShadowReport);

/** @type {[string, string][]} */
const PARTS = [
  ["", "Runs"],
  ["shadow", "Paper beside live"],
];

export function BacktestsView() {
  const { part = "", run = "", with: other = "", test = "" } = params.value;
  useEffect(() => {
    void readRuns();
    void readTestable();
    return watchRuns();
  }, []);
  useEffect(() => {
    for (const id of [run, other]) if (id !== "") void readRun(id);
  }, [run, other]);
  return html`
    <div class="view-head">
      <h1>Backtests</h1>
      <div class="view-tools">
        <button type="button" class="button" data-kind="primary" onClick=${() => narrow({ test: "new" })} disabled=${test !== ""}>New backtest</button>
      </div>
    </div>
    <nav class="tabs" aria-label="Backtests">
      ${PARTS.map(([name, text]) => html`<a key=${name} href=${address("backtests", { part: name })} aria-current=${part === name ? "page" : null}>${text}</a>`)}
    </nav>
    ${runsError.value !== null && runs.value !== null && html`<${StaleNotice} error=${runsError.value} onRetry=${readRuns} />`}
    <${Part} part=${part} run=${run} other=${other} test=${test} />
  `;
}

/** @param {{ part: string, run: string, other: string, test: string }} props */
function Part({ part, run, other, test }) {
  if (part === "shadow") return html`<${ShadowReport} />`;
  if (test !== "") return html`<${BacktestForm} key=${test} from=${test} />`;
  if (run !== "") return html`<${BacktestRun} key=${run} id=${run} other=${other} />`;
  if (runs.value === null) {
    return runsError.value === null ? html`<${Loading} what="backtests" />` : html`<${Failed} what="Backtests" error=${runsError.value} onRetry=${readRuns} />`;
  }
  return html`<${BacktestsList} known=${runs.value} />`;
}
