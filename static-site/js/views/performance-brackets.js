/**
 * The bracket explorer: what any stop and any target would have made of the same entries, by their stored marks. A cell is chosen by a
 * press or by Enter, or both levels are typed; the address keeps them.
 */
import { Amount } from "../components/amount.js";
import { Failed, Loading } from "../components/empty.js";
import { Field } from "../components/field.js";
import { HeatTable } from "../components/heat-table.js";
import { StaleNotice } from "../components/stale-notice.js";
import { count, plural, profit, shortProfit } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { brackets, bracketsError, isReadingBrackets, readBrackets } from "../state/brackets.js";
import { performanceFilters, scope } from "../state/performance.js";
import { narrow, params } from "../state/route.js";
import { rate } from "./performance-figures.js";

/** @typedef {import("../state/brackets.js").Brackets} Brackets */

const LEVEL = /^\d{1,4}(\.\d{1,2})?$/;

/** @param {{ ended: number }} props of the trades that are shown: when that changes, the grid does */
export function PerformanceBrackets({ ended }) {
  const { sl = "", tp = "" } = params.value;
  const asked = JSON.stringify([performanceFilters.value, scope.value, ended]);
  const again = () => void readBrackets({ sl, tp });
  useEffect(again, [asked, sl, tp]);
  const known = brackets.value;
  return html`
    <section class="panel" aria-labelledby="performance-brackets" aria-busy=${isReadingBrackets.value ? "true" : null}>
      <div class="panel-head">
        <h2 id="performance-brackets">What other brackets would have made</h2>
        <${Levels} key=${`${sl} ${tp}`} sl=${sl} tp=${tp} />
      </div>
      ${bracketsError.value !== null && known !== null && html`<${StaleNotice} error=${bracketsError.value} onRetry=${again} />`}
      ${known === null ? (bracketsError.value === null ? html`<${Loading} what="the trades' marks" />` : html`<${Failed} what="The grid" error=${bracketsError.value} onRetry=${again} />`) : html`<${Grid} known=${known} />`}
    </section>
  `;
}

/** @param {{ sl: string, tp: string }} props */
function Levels({ sl, tp }) {
  const [stop, setStop] = useState(sl);
  const [target, setTarget] = useState(tp);
  const faultOf = (/** @type {string} */ text) => (text === "" || (LEVEL.test(text) && Number(text) > 0) ? null : "A per cent above 0");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (faultOf(stop) === null && faultOf(target) === null) narrow({ ...params.value, sl: stop, tp: target });
  };
  return html`
    <form class="bracket-levels" onSubmit=${submit} aria-label="Levels">
      <${Field} label="Stop" value=${stop} onInput=${setStop} error=${faultOf(stop)} inputmode="decimal" class="figure" placeholder="None" after=${html`<span class="unit">%</span>`} />
      <${Field} label="Target" value=${target} onInput=${setTarget} error=${faultOf(target)} inputmode="decimal" class="figure" placeholder="None" after=${html`<span class="unit">%</span>`} />
      <button type="submit" class="button">Mark</button>
    </form>
  `;
}

/** @param {number | null} level @param {string} sign */
const levelText = (level, sign) => (level === null ? "none" : `${sign}${count(level)}%`);

/** @param {{ known: Brackets }} props */
function Grid({ known }) {
  if (known.trades === 0) return html`<p class="panel-note">No ended trade matches the filters.</p>`;
  const { chosen, best } = known;
  const point = chosen ?? best;
  const choose = (/** @type {number} */ row, /** @type {number} */ column) => narrow({ ...params.value, sl: String(known.sl[row] ?? ""), tp: String(known.tp[column] ?? "") });
  return html`
    <${HeatTable}
      key=${`${known.sl.join()} ${known.tp.join()}`}
      label="P&L by stop and target. Arrow keys walk the cells, Enter marks one."
      corner=${html`Stop ↓ Target →`}
      rows=${known.sl.map((level) => levelText(level, "−"))}
      columns=${known.tp.map((level) => levelText(level, "+"))}
      first=${/** @type {[number, number]} */ ([point?.row ?? 0, point?.column ?? 0])}
      hint="Per cents of what each trade risked. Point at a cell, or walk by arrow keys, to read it; press it to mark it."
      onChoose=${choose}
      cellOf=${(/** @type {number} */ row, /** @type {number} */ column) => ({
        value: known.pnl[row][column],
        text: shortProfit(known.pnl[row][column]),
        says: saysOf(known, row, column),
        isMarked: chosen !== null && row === chosen.row && column === chosen.column,
      })}
    />
    <dl class="kpis bracket-points">
      <div class="kpi"><dt>As it was</dt><dd class="figure"><${Amount} value=${onCent(known.actual_pnl)} /></dd><dd class="kpi-note">${plural(known.trades, "trade")}${known.is_cut ? ", the newest alone" : ""}</dd></div>
      ${chosen !== null && html`<${Point} name="Marked" of=${chosen} trades=${known.trades} />`}
      ${best !== null && html`<${Point} name="Best of the grid" of=${best} trades=${known.trades} />`}
    </dl>
    <p class="panel-note">${known.unseen === 0 ? "Every trade has marks." : `${count(known.unseen)} of ${plural(known.trades, "trade")} ${known.unseen === 1 ? "has" : "have"} no marks and ${known.unseen === 1 ? "ends as it" : "end as they"} did, whatever the levels.`}
      ${point !== null && ` ${known.ambiguous.flat().some((each) => each > 0) ? "Where marks do not tell whether stop or target came first, the stop counts, and the cell says of how many." : "Marks tell everywhere which level came first."}`}${" "}The best of so many looks good by chance alone.</p>
  `;
}

/** @param {number} value */
const onCent = (value) => Math.round(value * 100) / 100;

/** @param {Brackets} known @param {number} row @param {number} column */
function saysOf(known, row, column) {
  const unsure = known.ambiguous[row][column];
  return [
    `Stop ${levelText(known.sl[row], "−")}, target ${levelText(known.tp[column], "+")}`,
    profit(onCent(known.pnl[row][column])),
    `${count(known.stopped[row][column])} stopped`,
    `${count(known.reached[row][column])} reached`,
    `${count(known.trades - known.stopped[row][column] - known.reached[row][column])} ended as they did`,
    ...(unsure > 0 ? [`of ${count(unsure)} it is not known which came first`] : []),
  ].join(" · ");
}

/** @param {{ name: string, of: NonNullable<Brackets["best"]>, trades: number }} props */
const Point = ({ name, of, trades }) => html`
  <div class="kpi">
    <dt>${name}: stop ${levelText(of.sl, "−")}, target ${levelText(of.tp, "+")}</dt>
    <dd class="figure"><${Amount} value=${onCent(of.pnl)} /></dd>
    <dd class="kpi-note figure">${of.win_rate !== null && `won ${rate(of.win_rate)}, `}${count(of.stopped)} stopped, ${count(of.reached)} reached, ${count(trades - of.stopped - of.reached)} as they did${of.ambiguous > 0 ? `; ${count(of.ambiguous)} not known which first` : ""}</dd>
  </div>
`;
