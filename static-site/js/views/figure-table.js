/** Several sets of trades under one another: how many, how many won, what one brought, in money and in R, and all of it. */
import { Amount } from "../components/amount.js";
import { Why } from "../components/why.js";
import { count } from "../lib/format.js";
import { html } from "../lib/html.js";
import { multiple, plainRatio } from "../lib/ratios.js";
import { rate } from "./performance-figures.js";

/** Fewer prove little. */
const FEW = 10;

/** @typedef {import("../shapes-ai-performance.js").Figures} Figures */
/** @typedef {Pick<Figures, "trades" | "win_rate" | "expectancy" | "expectancy_r" | "total_pnl"> & { profit_factor?: number | null }} Told groups have no profit factor */
/** @typedef {{ name: any, figures: Told, more?: any[] }} FigureRow `more`: cells after the usual ones */

/** A set without trades has no figures, and needs no reason for each. @param {Told} figures @param {number | null | undefined} value @param {(value: number) => any} show @param {string} reason */
const shown = ({ trades }, value, show, reason) => (trades === 0 ? "—" : value === null || value === undefined ? html`<${Why} reason=${reason} />` : show(value));
const amount = (/** @type {number} */ value) => html`<${Amount} value=${value} />`;

/** @type {[string, (figures: Told) => any][]} */
const COLUMNS = [
  ["Trades", ({ trades }) => count(trades)],
  ["Won", (figures) => shown(figures, figures.win_rate, rate, "It needs one trade.")],
  ["A trade", (figures) => shown(figures, figures.expectancy, amount, "It needs one trade.")],
  ["R", (figures) => shown(figures, figures.expectancy_r, multiple, "It needs a trade whose first stop is known.")],
  ["Profit factor", (figures) => shown(figures, figures.profit_factor, plainRatio, "No trade has lost.")],
  ["P&L", (figures) => shown(figures, figures.total_pnl, amount, "")],
];

/**
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.head of the first column
 * @param {FigureRow[]} props.rows
 * @param {string[]} [props.more] heads of further columns
 * @param {any} [props.note]
 */
export function FigureTable({ title, head, rows, more = [], note = null }) {
  const columns = rows.some(({ figures }) => figures.profit_factor !== undefined) ? COLUMNS : COLUMNS.filter(([name]) => name !== "Profit factor");
  return html`
    <section class="panel group-panel">
      <table class="group" role="table">
        <caption>${title}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">${head}</th>
            ${[...columns.map(([name]) => name), ...more].map((text) => html`<th key=${text} role="columnheader" scope="col" class="group-figure">${text}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${rows.map(
            ({ name, figures, more: cells = [] }, index) => html`
              <tr role="row" key=${index} data-few=${figures.trades < FEW ? "" : null}>
                <th role="rowheader" scope="row">${name}</th>
                ${columns.map(([column, show]) => html`<td role="cell" key=${column} class="group-figure figure" data-label=${column}>${show(figures)}</td>`)}
                ${cells.map((cell, at) => html`<td role="cell" key=${at} class="group-figure figure" data-label=${more[at]}>${cell}</td>`)}
              </tr>
            `,
          )}
        </tbody>
      </table>
      ${note && html`<p class="panel-note">${note}</p>`}
    </section>
  `;
}
