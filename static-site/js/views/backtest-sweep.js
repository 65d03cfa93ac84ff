/** A sweep's map: what each set of values made, what was asked for framed, and every figure as a table. */
import { Choice } from "../components/choice.js";
import { HeatTable } from "../components/heat-table.js";
import { Segmented } from "../components/segmented.js";
import { Amount } from "../components/amount.js";
import { count, percent, plural, profit, shortProfit } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { sweptName } from "../lib/backtest-words.js";
import { plainRatio, tooFewFor } from "../lib/ratios.js";
import { orWhy, rate } from "./performance-figures.js";

/** @typedef {import("../shapes-backtests.js").SweepCell} Cell */
/** @typedef {import("../state/backtests.js").Backtest} Backtest */
/** `heat` is above 0 where it is good. @typedef {{ text: string, of: (cell: Cell) => number | null, look: (value: number) => string, heat: (value: number) => number }} Measure */

/** @param {Cell} cell */
const sharpeOf = ({ sharpe, trades }) => (tooFewFor(trades) === null ? sharpe : null);

/** @type {Record<string, Measure>} */
const MEASURES = {
  pnl: { text: "P&L", of: ({ total_pnl: pnl }) => pnl, look: (value) => shortProfit(value), heat: (value) => value },
  factor: { text: "Factor", of: ({ profit_factor: factor }) => factor, look: plainRatio, heat: (value) => value - 1 },
  sharpe: { text: "Sharpe", of: sharpeOf, look: plainRatio, heat: (value) => value },
  fall: { text: "Drawdown", of: ({ max_drawdown_pct: fall }) => fall, look: percent, heat: (value) => value },
};

/** @param {{ cells: Cell[], run: Backtest }} props */
export function BacktestSweep({ cells, run }) {
  const [name, setName] = useState("pnl");
  const paths = Object.keys(cells[0]?.values ?? {});
  const [kept, setKept] = useState(/** @type {Record<string, string>} */ ({}));
  const [down, across] = paths.length > 1 ? paths : ["", paths[0]];
  const others = paths.slice(2);
  const valuesOf = (/** @type {string} */ path) => [...new Set(cells.map(({ values }) => written(values[path])))];
  const fixed = Object.fromEntries(others.map((path) => [path, kept[path] ?? asked(run, path) ?? valuesOf(path)[0]]));
  const rows = down === "" ? [""] : valuesOf(down);
  const columns = valuesOf(across);
  const measure = MEASURES[name];
  const cellAt = (/** @type {number} */ row, /** @type {number} */ column) =>
    cells.find(
      ({ values }) => (down === "" || written(values[down]) === rows[row]) && written(values[across]) === columns[column] && others.every((path) => written(values[path]) === fixed[path]),
    );
  const isAsked = (/** @type {Cell} */ cell) => paths.every((path) => written(cell.values[path]) === asked(run, path));
  const first = cells.find(isAsked);
  return html`
    <section class="panel" aria-labelledby="backtest-sweep">
      <div class="panel-head">
        <h2 id="backtest-sweep">${plural(cells.length, "set")} of values</h2>
        <div class="view-tools">
          ${others.map((path) => html`<${Choice} key=${path} label=${sweptName(path)} value=${fixed[path]} options=${valuesOf(path).map((value) => [value, value])} onChoose=${(/** @type {string} */ to) => setKept({ ...kept, [path]: to })} />`)}
          <${Segmented} label="Show" value=${name} options=${Object.entries(MEASURES).map(([key, { text }]) => [key, text])} onChoose=${setName} />
        </div>
      </div>
      <${HeatTable}
        key=${`${down} ${across}`}
        label=${`${measure.text} by ${[down, across].filter(Boolean).map(sweptName).join(" and ")}. Arrow keys walk the cells.`}
        corner=${html`${down !== "" && html`${sweptName(down)} ↓ `}${sweptName(across)} →`}
        rows=${rows.map((value) => value || "all")}
        columns=${columns}
        first=${/** @type {[number, number]} */ ([Math.max(first === undefined ? 0 : rows.indexOf(written(first.values[down])), 0), Math.max(first === undefined ? 0 : columns.indexOf(written(first.values[across])), 0)])}
        hint=${first === undefined ? "Point at a cell, or walk by arrow keys, to read it." : "Framed: the values that the result above is of. Point at a cell, or walk by arrow keys, to read it."}
        cellOf=${(/** @type {number} */ row, /** @type {number} */ column) => {
          const cell = cellAt(row, column);
          const value = cell === undefined ? null : measure.of(cell);
          return { value: value === null ? null : measure.heat(value), text: value === null ? "—" : measure.look(value), says: cell === undefined ? "not tested" : saysOf(cell), isMarked: cell !== undefined && isAsked(cell) };
        }}
      />
      <p class="panel-note">The best of many sets looks good by chance alone: a value is worth something where its neighbors are alike.</p>
      <details class="kpis-more"><summary>Every set as a table</summary><${Table} cells=${cells} paths=${paths} isAsked=${isAsked} /></details>
    </section>
  `;
}

/** @param {any} value a number, a word, or both ends of a range */
const written = (value) => (value !== null && typeof value === "object" ? `${value.min} to ${value.max}` : String(value ?? "none"));

/** What the strategy itself had. @param {Backtest} run @param {string} path @returns {string | null} */
function asked({ request: { strategy } }, path) {
  const name = path.split(".").at(-1) ?? path;
  const block = [strategy, strategy.entry_conditions, strategy.exit_conditions, strategy.sizing].find((each) => name in each);
  return block === undefined ? null : written(/** @type {any} */ (block)[name]);
}

/** @param {Cell} cell */
const valuesText = ({ values }) => Object.entries(values).map(([path, value]) => `${sweptName(path)} ${written(value)}`).join(", ");

/** @param {Cell} cell */
const saysOf = (cell) =>
  [
    valuesText(cell),
    profit(cell.total_pnl),
    plural(cell.trades, "trade"),
    ...(cell.win_rate === null ? [] : [`won ${rate(cell.win_rate)}`]),
    ...(cell.profit_factor === null ? [] : [`factor ${plainRatio(cell.profit_factor)}`]),
    ...(sharpeOf(cell) === null ? [] : [`Sharpe ${plainRatio(/** @type {number} */ (sharpeOf(cell)))}`]),
    ...(cell.max_drawdown_pct === null ? [] : [`drawdown ${percent(cell.max_drawdown_pct)}`]),
    ...(cell.trades > 0 && tooFewFor(cell.trades) !== null ? ["too few trades for a Sharpe"] : []),
  ].join(" · ");

/** @param {{ cells: Cell[], paths: string[], isAsked: (cell: Cell) => boolean }} props */
const Table = ({ cells, paths, isAsked }) => html`
  <div class="mini-scroll" tabindex="0" role="region" aria-label="Every set">
    <table class="mini-table">
      <thead><tr>${paths.map((path) => html`<th key=${path} scope="col">${sweptName(path)}</th>`)}${["Trades", "Won", "P&L", "Factor", "Sharpe", "Drawdown"].map((text) => html`<th key=${text} scope="col" class="group-figure">${text}</th>`)}</tr></thead>
      <tbody>
        ${cells.map(
          (cell) => html`
            <tr key=${valuesText(cell)} data-asked=${isAsked(cell) ? "" : null}>
              ${paths.map((path) => html`<td key=${path} class="figure">${written(cell.values[path])}</td>`)}
              <td class="group-figure figure">${count(cell.trades)}</td>
              <td class="group-figure figure">${cell.win_rate === null ? "—" : rate(cell.win_rate)}</td>
              <td class="group-figure figure"><${Amount} value=${cell.total_pnl} /></td>
              <td class="group-figure figure">${cell.profit_factor === null ? "—" : plainRatio(cell.profit_factor)}</td>
              <td class="group-figure figure">${orWhy(sharpeOf(cell), plainRatio, tooFewFor(cell.trades) ?? "It needs days with different returns.")}</td>
              <td class="group-figure figure">${cell.max_drawdown_pct === null ? "—" : percent(cell.max_drawdown_pct)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>
`;
