/** Breakdowns: one table for each way of grouping, with a bar that grows to the right for gains, to the left for losses. */
import { Amount } from "../components/amount.js";
import { count } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { reasonName, structureName } from "../lib/words.js";
import { address } from "../state/route.js";
import { performanceFilters, scope, ANY_MODE } from "../state/performance.js";
import { rate } from "./performance-figures.js";

/** @typedef {import("../shapes-performance.js").Performance} Performance */
/** @typedef {import("../shapes-performance.js").Group} Group */

const TOO_FEW_BELOW = 10;
const ROWS_FIRST = 8;
const BAR_WIDTH = 64;

/** @type {[keyof Performance["by"], string, string, (key: string) => string][]} field, caption, head, key as shown */
const BREAKDOWNS = [
  ["strategy", "By strategy", "Strategy", String],
  ["ticker", "By ticker", "Ticker", String],
  ["weekday", "By weekday of entry", "Weekday", String],
  ["hour", "By hour of entry", "Hour", (key) => `${key}:00 ET`],
  ["score", "By score", "Score", (key) => key.replace("-", " – ")],
  ["delta", "By delta at entry", "Delta", (key) => key.replace("-", " – ")],
  ["ai_verdict", "By AI verdict", "Verdict", String],
  ["close_reason", "By close reason", "Reason", reasonName],
  ["structure", "By structure", "Structure", structureName],
  ["tag", "By tag", "Tag", String],
];

/** @param {{ by: Performance["by"] }} props */
export const PerformanceGroups = ({ by }) => html`
  <div class="groups">
    ${BREAKDOWNS.map(([name, title, head, show]) => html`<${Breakdown} key=${name} name=${name} title=${title} head=${head} rows=${by[name]} show=${show} />`)}
  </div>
  <p class="panel-note">Grey: fewer than ${TOO_FEW_BELOW} trades, which prove little.</p>
`;

/** Groups whose trades the history can show by itself. */
const OPENED = new Set(["ticker", "strategy", "tag"]);

/** The history of just one group's trades, within what the figures are of. @param {string} name @param {string} key */
function historyOf(name, key) {
  const { from, to, ticker, strategy } = performanceFilters.value;
  return address("history", { from, to, ticker, strategy, mode: scope.value === ANY_MODE ? "" : scope.value, [name]: key });
}

/** @param {{ name: string, title: string, head: string, rows: Group[], show: (key: string) => string }} props */
function Breakdown({ name, title, head, rows, show }) {
  const [isWhole, setWhole] = useState(false);
  const most = Math.max(...rows.map((row) => Math.abs(row.total_pnl)), 0);
  const shown = isWhole ? rows : rows.slice(0, ROWS_FIRST);
  return html`
    <section class="panel group-panel">
      <table class="group" role="table">
        <caption>${title}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">${head}</th>
            <th role="columnheader" scope="col" class="group-figure">Trades</th>
            <th role="columnheader" scope="col" class="group-figure">Won</th>
            <th role="columnheader" scope="col" class="group-figure">A trade</th>
            <th role="columnheader" scope="col" class="group-figure">P&L</th>
            <td aria-hidden="true"></td>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${shown.map((row) => html`<${Row} key=${row.key ?? ""} name=${name} row=${row} most=${most} show=${show} />`)}
        </tbody>
      </table>
      ${
        rows.length > ROWS_FIRST &&
        html`<button type="button" class="button-link" onClick=${() => setWhole(!isWhole)}>
          ${isWhole ? "Show fewer" : `Show all ${rows.length}`}
        </button>`
      }
    </section>
  `;
}

/** @param {{ name: string, row: Group, most: number, show: (key: string) => string }} props */
const Row = ({ name, row, most, show }) => html`
  <tr role="row" data-few=${row.trades < TOO_FEW_BELOW ? "" : null}>
    <th role="rowheader" scope="row">
      ${row.key === null ? html`<span class="group-unknown">not known</span>` : OPENED.has(name) ? html`<a href=${historyOf(name, row.key)}>${show(row.key)}</a>` : show(row.key)}
    </th>
    <td role="cell" class="group-figure figure" data-label="Trades">${count(row.trades)}</td>
    <td role="cell" class="group-figure figure" data-label="Won">${rate(row.win_rate)}</td>
    <td role="cell" class="group-figure figure" data-label="A trade"><${Amount} value=${row.expectancy} /></td>
    <td role="cell" class="group-figure figure" data-label="P&L"><${Amount} value=${row.total_pnl} /></td>
    <td class="group-bar" aria-hidden="true"><${Bar} value=${row.total_pnl} most=${most} /></td>
  </tr>
`;

/** @param {{ value: number, most: number }} props */
function Bar({ value, most }) {
  const half = BAR_WIDTH / 2;
  const length = most === 0 ? 0 : (Math.abs(value) / most) * half;
  return html`
    <svg class="bar" width=${BAR_WIDTH} height="12" viewBox=${`0 0 ${BAR_WIDTH} 12`} focusable="false">
      <rect class=${value < 0 ? "bar-loss" : "bar-gain"} x=${value < 0 ? half - length : half} y="1" width=${length} height="10" rx="1" />
      <line class="bar-zero" x1=${half} x2=${half} y1="0" y2="12" />
    </svg>
  `;
}
