/** Trades of traders that have ended: the rows of the history, narrowed to what models opened. */
import { Empty, Failed, Loading } from "../components/empty.js";
import { StaleNotice } from "../components/stale-notice.js";
import { html, useEffect } from "../lib/html.js";
import { address } from "../state/route.js";
import { closed, closedError, hasOlderClosed, isReadingClosed, readClosed, readOlderClosed } from "../state/closed.js";
import { positions } from "../state/trading.js";
import { HistoryRow } from "./history-row.js";

const COLUMNS = [["contract", "Pair"], ["qty", "Qty"], ["entry", "Entry"], ["exit", "Exit"], ["pnl", "Realized P&L"], ["outcome", "Outcome"], ["ended", "Closed"], ["held", "Held"]];

export function TradingClosed() {
  const held = positions.value.map(({ id }) => id).join();
  useEffect(() => void readClosed(), [held]); // what leaves the positions comes here
  const trades = closed.value;
  const error = closedError.value;
  if (trades === null) return error === null ? html`<${Loading} what="what was closed" />` : html`<${Failed} what="What was closed" error=${error} onRetry=${readClosed} />`;
  if (trades.length === 0) {
    return html`<${Empty} title="No trade of a trader has ended yet"><p>When a trader's position is closed or meets its stop or its last target, it is kept here. <a href=${address("trading")}>See what is held</a></p><//>`;
  }
  return html`
    ${error !== null && html`<${StaleNotice} error=${error} onRetry=${readClosed} />`}
    <div class="table-frame" aria-busy=${isReadingClosed.value ? "true" : null}>
      <table class="trades history" role="table" aria-label="Closed by traders">
        <thead role="rowgroup"><tr role="row">${COLUMNS.map(([name, text]) => html`<th key=${name} role="columnheader" scope="col" class=${`cell-${name}`}>${text}</th>`)}</tr></thead>
        <tbody role="rowgroup">${trades.map((trade) => html`<${HistoryRow} key=${trade.id} trade=${trade} columns=${COLUMNS.length} />`)}</tbody>
      </table>
    </div>
    ${hasOlderClosed.value && html`<p class="more"><button type="button" class="button" disabled=${isReadingClosed.value} onClick=${readOlderClosed}>${isReadingClosed.value ? "Reading…" : "Show older trades"}</button></p>`}
  `;
}
