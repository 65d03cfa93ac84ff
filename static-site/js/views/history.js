/** Ended trades, with filters and paging. */
import { Empty, Failed, Loading } from "../components/empty.js";
import { StaleNotice } from "../components/stale-notice.js";
import { count } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import {
  endedTrades,
  filters,
  hasMore,
  historyError,
  isReadingHistory,
  NO_FILTERS,
  readHistory,
  readMoreHistory,
  setFilters,
} from "../state/history.js";
import { openTicket } from "../state/ticket.js";
import { HistoryExport } from "./history-export.js";
import { HistoryFilters } from "./history-filters.js";
import { HistoryImport } from "./history-import.js";
import { HistoryRow } from "./history-row.js";

const COLUMNS = [
  ["contract", "Contract"],
  ["qty", "Qty"],
  ["entry", "Entry"],
  ["exit", "Exit"],
  ["pnl", "Realised P&L"],
  ["outcome", "Outcome"],
  ["ended", "Ended"],
  ["held", "Held"],
];

export function HistoryView() {
  useEffect(() => void readHistory(), []);
  return html`<${HistoryFilters} /><${Trades} />`;
}

function Trades() {
  const trades = endedTrades.value;
  const error = historyError.value;
  if (trades === null) {
    return error === null
      ? html`<${Loading} what="trade history" />`
      : html`<${Failed} what="Trade history" error=${error} onRetry=${readHistory} />`;
  }
  if (trades.length === 0) return isFiltered() ? html`<${NothingMatches} />` : html`<${NothingYet} />`;
  return html`
    ${error !== null && html`<${StaleNotice} error=${error} onRetry=${readHistory} />`}
    <div class="table-head">
      <p class="table-count" role="status">${countText(trades.length)}</p>
      <div class="table-files"><${HistoryImport} /><${HistoryExport} /></div>
    </div>
    <div class="table-frame" aria-busy=${isReadingHistory.value ? "true" : null}>
      <table class="trades history" role="table" aria-label="Trade history">
        <thead role="rowgroup">
          <tr role="row">
            ${COLUMNS.map(([name, text]) => html`<th key=${name} role="columnheader" scope="col" class=${`cell-${name}`}>${text}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${trades.map((trade) => html`<${HistoryRow} key=${trade.id} trade=${trade} columns=${COLUMNS.length} />`)}
        </tbody>
      </table>
    </div>
    ${
      hasMore.value &&
      html`<p class="more"><button type="button" class="button" disabled=${isReadingHistory.value} onClick=${readMoreHistory}>
        ${isReadingHistory.value ? "Reading…" : "Show older trades"}
      </button></p>`
    }
  `;
}

/** @param {number} shown */
const countText = (shown) => (hasMore.value ? `The newest ${count(shown)} trades` : `${count(shown)} ${shown === 1 ? "trade" : "trades"}`);

const isFiltered = () => JSON.stringify(filters.value) !== JSON.stringify(NO_FILTERS);

const NothingMatches = () => html`
  <${Empty} title="No trade matches these filters">
    <button type="button" class="button" onClick=${() => setFilters(NO_FILTERS)}>Clear the filters</button>
  <//>
`;

const NothingYet = () => html`
  <${Empty} title="No ended trades yet">
    <p>When a trade is closed, hits its stop or target, or expires, it is kept here for good.</p>
    <div class="table-files">
      <${HistoryImport} />
      <button type="button" class="button" data-kind="primary" onClick=${openTicket}>New trade</button>
    </div>
  <//>
`;
