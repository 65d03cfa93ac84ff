/** Open positions: a table on a wide page, cards on a narrow one; the same rows in both. */
import { html, useRef } from "../lib/html.js";
import { openTrades, readError, rereadPortfolio } from "../state/portfolio.js";
import { openTicket } from "../state/ticket.js";
import { Empty, Failed, Loading } from "./empty.js";
import { PositionRow } from "./position-row.js";

/** @typedef {import("../shapes.js").Trade} Trade */

const COLUMNS = [
  ["contract", "Contract"],
  ["qty", "Qty"],
  ["entry", "Entry"],
  ["mark", "Mark"],
  ["pnl", "Open P&L"],
  ["stop", "Stop"],
  ["target", "Target"],
  ["state", "State"],
  ["actions", "Actions"],
];

export function PositionsView() {
  const trades = openTrades.value;
  if (trades === null) {
    return readError.value === null
      ? html`<${Loading} what="open positions" />`
      : html`<${Failed} what="Open positions" error=${readError.value} onRetry=${rereadPortfolio} />`;
  }
  if (trades.length === 0) return html`<${NoPositions} />`;
  return html`
    <div class="table-frame">
      <table class="trades positions" role="table" aria-label="Open positions">
        <thead role="rowgroup">
          <tr role="row">
            ${COLUMNS.map(([name, text]) => html`<th key=${name} role="columnheader" scope="col" class=${`cell-${name}`}>${text}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          <${Rows} trades=${trades} />
        </tbody>
      </table>
    </div>
  `;
}

/**
 * The rows; the element of a trade that did not change is handed over again as it is, which leaves its row alone.
 * @param {{ trades: Trade[] }} props
 */
function Rows({ trades }) {
  const drawn = useRef(/** @type {Map<string, { trade: Trade, row: any }>} */ (new Map()));
  const next = new Map(trades.map((trade) => [trade.id, drawnRow(drawn.current.get(trade.id), trade)]));
  drawn.current = next;
  return [...next.values()].map(({ row }) => row);
}

/** @param {{ trade: Trade, row: any } | undefined} before @param {Trade} trade */
function drawnRow(before, trade) {
  if (before?.trade === trade) return before;
  return { trade, row: html`<${PositionRow} key=${trade.id} trade=${trade} columns=${COLUMNS.length} />` };
}

const NoPositions = () => html`
  <${Empty} title="No open positions">
    <p>A trade you place appears here with its live mark, and keeps its stop and target until it ends.</p>
    <button type="button" class="button" data-kind="primary" onClick=${openTicket}>New trade</button>
  <//>
`;
