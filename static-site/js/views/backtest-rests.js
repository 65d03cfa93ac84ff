/** What a result rests on: what was assumed, what was missing, the notes, and what makes the same result again. */
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { dataName } from "../lib/backtest-words.js";
import { stageName } from "../lib/stages.js";

/** @typedef {import("../state/backtests.js").BacktestResult} BacktestResult */
/** @typedef {import("../state/backtests.js").BacktestRow["request"]} Asked */

/** On the first lines, whatever is looked at. @param {{ result: BacktestResult, request: Asked }} props */
export function BacktestAssumed({ result: { assumed, missing }, request }) {
  const lacking = [...new Set(missing.map(({ source }) => source))];
  const lines = [
    ...(assumed.length > 0 ? [`Assumed, not known: ${assumed.map(dataName).join(", ")}. Gates that need it passed because the request asked for it.`] : []),
    ...(lacking.length > 0 ? [`Missing on some days or all: ${lacking.map(dataName).join(", ")}. Gates that need it failed then.`] : []),
    ...(request.source === "synthetic" ? ["The market is made up: no result on it says anything about a real one."] : []),
  ];
  return lines.length === 0 ? null : html`<p class="notice backtest-assumed" data-tone="warn">${lines.join(" ")}</p>`;
}

/** @param {{ result: BacktestResult }} props */
export const BacktestRests = ({ result: { missing, assumed, notes, manifest } }) => html`
  <section class="panel" aria-labelledby="backtest-rests">
    <h2 id="backtest-rests">What it rests on</h2>
    ${
      missing.length > 0 &&
      html`<table class="mini-table">
        <caption class="visually-hidden">What was missing</caption>
        <thead><tr><th scope="col">Missing</th><th scope="col">For the gate</th><th scope="col" class="group-figure">Days</th></tr></thead>
        <tbody>${missing.map(({ source, gate, days }) => html`<tr key=${`${source} ${gate}`}><td>${dataName(source)}</td><td>${stageName(gate)}</td><td class="group-figure figure">${plural(days, "day")}</td></tr>`)}</tbody>
      </table>`
    }
    ${missing.length === 0 && html`<p class="panel-note">Nothing that a gate needed was missing${assumed.length > 0 ? " beside what was assumed" : ""}.</p>`}
    <ul class="rests-notes">${notes.map((note) => html`<li key=${note}>${note}</li>`)}</ul>
    <h3>The same again</h3>
    <p class="panel-note">The same request over the same data by the same code gives the same result to the byte.</p>
    <dl class="plain-facts figure">
      <dt>Code</dt><dd>${manifest.code}</dd><dt>Data</dt><dd>${manifest.data}</dd><dt>Request</dt><dd>${manifest.request}</dd><dt>Seed</dt><dd>${manifest.seed}</dd>
    </dl>
  </section>
`;
