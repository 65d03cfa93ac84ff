/** Open positions: a table on a wide page, rows of two lines on a narrow one; the same rows in both. */
import { count, heldGreek, money, plural } from "../lib/format.js";
import { html, useRef } from "../lib/html.js";
import { groupRows, narrowRows, sortRows } from "../lib/positions.js";
import { book, factsById } from "../state/account.js";
import { serverNow } from "../state/clock.js";
import { unfolded } from "../state/details.js";
import { isPinning } from "../state/narrow.js";
import { openTrades, readError, rereadPortfolio } from "../state/portfolio.js";
import { columns, isCompact, isGrouped, narrowed, showAllRows, sort, sortBy } from "../state/table.js";
import { Amount } from "./amount.js";
import { Empty, Failed, Loading } from "./empty.js";
import { FirstSteps } from "./first-steps.js";
import { LazyDetail } from "./lazy-detail.js";
import { moveBetweenRows } from "./row-keys.js";
import { PositionRow } from "./position-row.js";
import { PositionsTools } from "./positions-tools.js";

/** @typedef {import("../lib/positions.js").Row} Row */
/** @typedef {import("../lib/positions.js").Column} Column */

export function PositionsView() {
  const trades = openTrades.value;
  if (trades === null) {
    return readError.value === null
      ? html`<${Loading} what="open positions" />`
      : html`<${Failed} what="Open positions" error=${readError.value} onRetry=${rereadPortfolio} />`;
  }
  if (trades.length === 0) return html`<${FirstSteps} />`;
  const now = serverNow();
  const facts = factsById.value;
  const all = trades.map((trade) => ({ trade, facts: facts.get(trade.id) ?? null }));
  const rows = sortRows(narrowRows(all, narrowed.value, now), sort.value, now);
  return html`
    <${PositionsTools} />
    ${rows.length === 0 ? html`<${NothingFits} />` : html`<div class="positions-place" data-pinned=${isPinning.value ? "" : null}>
            <div class="positions-list"><${Table} rows=${rows} of=${trades.length} /></div><${Pinned} />
          </div>`}
  `;
}

const NothingFits = () => html`
  <${Empty} title="No position fits these filters"><button type="button" class="button" onClick=${showAllRows}>Show all</button><//>
`;

/** @param {{ rows: Row[], of: number }} props */
function Table({ rows, of }) {
  const shown = columns.value;
  return html`
    <div class="table-frame table-open">
      <table class="trades positions" role="table" aria-label="Open positions" data-compact=${isCompact.value ? "" : null} onKeyDown=${moveBetweenRows}>
        <thead role="rowgroup">
          <tr role="row">${shown.map((column) => html`<${Head} key=${column.name} column=${column} />`)}</tr>
        </thead>
        <tbody role="rowgroup"><${Rows} rows=${rows} shown=${shown} /></tbody>
        <tfoot role="rowgroup"><${SumRow} sums=${book.value?.totals ?? null} shown=${shown} title=${rows.length === of ? "Total" : `All ${count(of)}`} kind="total-row" /></tfoot>
      </table>
    </div>
  `;
}

/** @param {{ column: Column }} props */
function Head({ column: { name, text, title, value } }) {
  const by = sort.value;
  const isSorted = by?.by === name;
  const way = isSorted ? (by?.isDown ? "descending" : "ascending") : null;
  return html`
    <th role="columnheader" scope="col" class=${`cell-${name}`} aria-sort=${way}>
      ${
        value === undefined
          ? text
          : html`<button type="button" class="sort" title=${title ?? null} onClick=${() => sortBy(name)}
              >${text}<span class="sort-way" aria-hidden="true">${way === null ? "" : way === "descending" ? "▼" : "▲"}</span></button>`
      }
    </th>
  `;
}

/**
 * The rows; the element of a trade that did not change is handed over again as it is, which leaves its row alone.
 * @param {{ rows: Row[], shown: Column[] }} props
 */
function Rows({ rows, shown }) {
  const drawn = useRef(/** @type {Map<string, { row: Row, shown: Column[], element: any }>} */ (new Map()));
  const next = new Map(rows.map((row) => [row.trade.id, drawnRow(drawn.current.get(row.trade.id), row, shown)]));
  drawn.current = next;
  const elementOf = (/** @type {Row} */ row) => next.get(row.trade.id)?.element;
  if (!isGrouped.value) return rows.map(elementOf);
  const sums = new Map((book.value?.groups ?? []).map((group) => [group.ticker, group]));
  return groupRows(rows).flatMap(([ticker, held]) => [
    html`<${SumRow} key=${`group ${ticker}`} sums=${sums.get(ticker) ?? null} shown=${shown} title=${ticker} kind="group-row" />`,
    ...held.map(elementOf),
  ]);
}

/** @param {{ row: Row, shown: Column[], element: any } | undefined} before @param {Row} row @param {Column[]} shown */
function drawnRow(before, row, shown) {
  if (before?.row.trade === row.trade && before.row.facts === row.facts && before.shown === shown) return before;
  return { row, shown, element: html`<${PositionRow} key=${row.trade.id} trade=${row.trade} facts=${row.facts} shown=${shown} />` };
}

/** Sums of the server's, and what they leave out. @param {{ sums: import("../shapes-account.js").PositionSums | null, shown: Column[], title: string, kind: string }} props */
function SumRow({ sums, shown, title, kind }) {
  return html`
    <tr role="row" class=${kind}>
      ${shown.map(({ name, text }) => {
        if (name === "contract") return html`<th key=${name} role="rowheader" scope="row" class="cell-contract">${title}<span class="cell-sub">${leftOut(sums)}</span></th>`;
        const value = sums === null ? null : sumOf(name, sums);
        return html`<td key=${name} role="cell" class=${`cell-${name} figure`} data-label=${value === null ? null : text}>${value}</td>`;
      })}
    </tr>
  `;
}

/** @param {import("../shapes-account.js").PositionSums | null} sums */
function leftOut(sums) {
  if (sums === null) return "";
  return sums.unpriced > 0 ? `${count(sums.unpriced)} of ${count(sums.positions)} not priced` : plural(sums.positions, "position");
}

/** @param {string} name @param {import("../shapes-account.js").PositionSums} sums */
function sumOf(name, sums) {
  switch (name) {
    case "pnl":
      return html`<${Amount} value=${sums.open_pnl} />`;
    case "day":
      return html`<${Amount} value=${sums.day_pnl} />`;
    case "cost":
      return money(sums.cost);
    case "delta":
      return heldGreek(sums.delta);
    case "theta":
      return heldGreek(sums.theta);
    default:
      return null;
  }
}

/** On a wide screen the chosen trade stands beside the list. */
function Pinned() {
  const id = [...unfolded.value].at(-1);
  const trade = openTrades.value?.find((each) => each.id === id);
  if (!isPinning.value || id === undefined || trade === undefined) return null;
  return html`<aside class="pinned" aria-label="The chosen position" id=${`detail-${id}`}><${LazyDetail} key=${id} id=${id} /></aside>`;
}
