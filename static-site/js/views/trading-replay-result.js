/** What a replay came to: its variants side by side, each with the number of trades that it rests on, and what it does not prove. */
import { Amount } from "../components/amount.js";
import { Why } from "../components/why.js";
import { change, count, percent, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { multiple, plainRatio, tooFewFor } from "../lib/ratios.js";
import { differsBy } from "../lib/replay-draft.js";
import { constraintName } from "../lib/trading-words.js";
import { rate } from "./performance-figures.js";

/** @typedef {import("../shapes-ai-performance.js").Replay} Replay */
/** Of a variant; of what happened fewer are told. @typedef {Partial<import("../shapes-ai-performance.js").Replayed> & import("../shapes-ai-performance.js").Figures} Told */
/** @typedef {{ head: string, note: string, told: Told }} Column */

const FEW = 10;
/** @param {number | null | undefined} value @param {(value: number) => any} show @param {string} reason */
const shown = (value, show, reason) => (value === null ? html`<${Why} reason=${reason} />` : value === undefined ? "" : show(value));
const amount = (/** @type {number} */ value) => html`<${Amount} value=${value} />`;

/** @type {[string, (told: Told) => any][]} */
const ROWS = [
  ["Trades", ({ trades }) => count(trades)],
  ["P&L", ({ total_pnl: value }) => amount(value)],
  ["Return", ({ total_pnl_pct: value }) => shown(value, change, "It needs one trade.")],
  ["Won", ({ win_rate: value }) => shown(value, rate, "It needs one trade.")],
  ["A trade", ({ expectancy: value }) => shown(value, amount, "It needs one trade.")],
  ["R", ({ expectancy_r: value }) => shown(value, multiple, "It needs a trade whose first stop is known.")],
  ["Profit factor", ({ profit_factor: value }) => shown(value, plainRatio, "No trade has lost.")],
  ["Deepest fall", ({ max_drawdown_pct: value }) => shown(value, percent, "It needs one day.")],
  ["Sharpe", ({ sharpe: value, trades }) => shown(tooFewFor(trades) === null ? value : null, plainRatio, tooFewFor(trades) ?? "It needs days with different returns.")],
  ["Open at the end", ({ open_at_end: value }) => shown(value, count, "")],
  ["Refused", ({ refused_by: rules }) => (rules === undefined ? "" : refusedText(rules))],
];

/** @param {{ one: Replay }} props */
export function ReplayResult({ one: { status, result, variants } }) {
  if (result === null || result.as_it_was === null) {
    return html`<p class="notice" data-tone="warn">${status === "canceled" ? "It was called off." : `It came to nothing: ${result?.reason ?? "no reason was told"}`}</p>`;
  }
  /** @type {Column[]} */
  const columns = [
    { head: "As it was", note: "the trader's own settings", told: result.as_it_was },
    ...(result.variants ?? []).map((told, index) => ({ head: told.name, note: differsBy(variants[index] ?? {}) || "no difference", told })),
    ...(result.paper === null ? [] : [{ head: "Paper", note: "what happened", told: result.paper }]),
    ...(result.live === null || result.live.trades === 0 ? [] : [{ head: "Live", note: "what happened, real money", told: result.live }]),
  ];
  return html`
    ${result.answers !== null && html`<p class="panel-note">${count(result.answers.answered)} of ${plural(result.answers.asked, "question")} answered, ${result.answers.source === "fresh" ? "asked anew" : "as stored"}.</p>`}
    <div class="replay-frame" tabindex="0" role="group" aria-label="Variants side by side">
      <table class="group replay-table" role="table">
        <caption class="visually-hidden">Variants side by side</caption>
        <thead role="rowgroup"><tr role="row"><td></td>${columns.map(({ head, note }, index) => html`<th key=${index} role="columnheader" scope="col" class="group-figure">${head}<span class="cell-sub">${note}</span></th>`)}</tr></thead>
        <tbody role="rowgroup">
          ${ROWS.map(
            ([name, show]) => html`
              <tr role="row" key=${name}>
                <th role="rowheader" scope="row">${name}</th>
                ${columns.map(({ told }, index) => html`<td role="cell" key=${index} class="group-figure figure" data-few=${told.trades < FEW ? "" : null}>${show(told)}</td>`)}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
    <ul class="replay-notes">${(result.notes ?? []).map((note) => html`<li key=${note}>${note}</li>`)}</ul>
    <p class="panel-note">Grey: fewer than ${FEW} trades, which prove little. R is the P&L in units of what the first stop would have lost.</p>
  `;
}

/** `3: Stop far enough 2, Risk of the trade 1` @param {Record<string, number>} rules */
function refusedText(rules) {
  const all = Object.entries(rules);
  if (all.length === 0) return "none";
  return html`${count(all.reduce((sum, [, number]) => sum + number, 0))}<span class="cell-sub">${all.map(([name, number]) => `${constraintName(name)} ${count(number)}`).join(", ")}</span>`;
}
