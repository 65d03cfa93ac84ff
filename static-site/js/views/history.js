/** Ended trades, with filters and paging. */
import { Amount } from "../components/amount.js";
import { Empty, Failed, Loading } from "../components/empty.js";
import { StaleNotice } from "../components/stale-notice.js";
import { count, percent, plural } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import {
  endedTrades,
  filters,
  hasMore,
  historyError,
  isFiltered,
  isReadingHistory,
  NEWEST,
  NO_FILTERS,
  order,
  orderBy,
  readHistory,
  readMoreHistory,
  setFilters,
  totals,
} from "../state/history.js";
import { openImport } from "../state/import.js";
import { params } from "../state/route.js";
import { openTicket } from "../state/ticket-draft.js";
import { HistoryExport } from "./history-export.js";
import { HistoryFilters } from "./history-filters.js";
import { HistoryImport } from "./history-import.js";
import { HistoryRow } from "./history-row.js";

/** @typedef {{ name: string, text: string, down?: string, up?: string }} Column `down` and `up`: the orders that it gives */

/** @type {Column[]} */
const COLUMNS = [
  { name: "contract", text: "Contract" },
  { name: "qty", text: "Qty" },
  { name: "entry", text: "Entry" },
  { name: "exit", text: "Exit" },
  { name: "pnl", text: "Realized P&L", down: "best", up: "worst" },
  { name: "outcome", text: "Outcome" },
  { name: "ended", text: "Closed", down: NEWEST, up: "oldest" },
  { name: "held", text: "Held", down: "longest", up: "shortest" },
];

export function HistoryView() {
  const asked = JSON.stringify([filters.value, order.value]);
  useEffect(() => void readHistory(), [asked]);
  useEffect(openImportIfAsked, [params.value.import]);
  return html`<${HistoryFilters} /><${Trades} />`;
}

/** A link may lead right to the import; once it has, Back does not lead there again. */
function openImportIfAsked() {
  if (params.value.import === undefined) return;
  openImport();
  setFilters({});
}

/** @param {{ column: Column }} props */
function Head({ column: { name, text, down, up } }) {
  const way = order.value === down ? "descending" : order.value === up ? "ascending" : null;
  return html`
    <th role="columnheader" scope="col" class=${`cell-${name}`} aria-sort=${way}>
      ${
        down === undefined || up === undefined
          ? text
          : html`<button type="button" class="sort" onClick=${() => orderBy(way === "descending" ? up : down)}
              >${text}<span class="sort-way" aria-hidden="true">${way === null ? "" : way === "descending" ? "▼" : "▲"}</span></button>`
      }
    </th>
  `;
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
      <p class="table-count figure" role="status"><${Count} shown=${trades.length} /></p>
      <div class="table-files"><${HistoryImport} /><${HistoryExport} /></div>
    </div>
    <div class="table-frame" aria-busy=${isReadingHistory.value ? "true" : null}>
      <table class="trades history" role="table" aria-label="Trade history">
        <thead role="rowgroup">
          <tr role="row">
            ${COLUMNS.map((column) => html`<${Head} key=${column.name} column=${column} />`)}
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

/** `69 trades · +$1,039.10 · 65.2% won · 50 shown` @param {{ shown: number }} props */
function Count({ shown }) {
  const all = totals.value;
  if (all === null) return plural(shown, "trade");
  const decided = all.wins + all.losses;
  return html`${plural(all.trades, "trade")} · <${Amount} value=${all.realized_pnl} />${decided > 0 && ` · ${percent((all.wins / all.trades) * 100)} won`}${shown < all.trades && ` · ${count(shown)} shown`}`;
}

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
