/** One ended trade. */
import { count, date, duration, price, timeShortZoned } from "../lib/format.js";
import { html } from "../lib/html.js";
import { multiple } from "../lib/ratios.js";
import { reasonName, statusName } from "../lib/words.js";
import { unfolded } from "../state/details.js";
import { Amount } from "../components/amount.js";
import { Chip } from "../components/chip.js";
import { ContractCell } from "../components/contract-cell.js";
import { TradeDetail } from "../components/trade-detail.js";

/** @param {{ trade: import("../shapes.js").Trade, columns: number }} props */
export const HistoryRow = ({ trade, columns }) => html`
  <tr role="row" class="trade-row" data-trade=${trade.id} data-ticker=${trade.ticker}>
    <${ContractCell} trade=${trade} />
    <td role="cell" class="cell-qty figure" data-label="Qty">${count(trade.filled_qty ?? trade.qty)}</td>
    <td role="cell" class="cell-entry figure" data-label="Entry">${price(trade.entry_price)}</td>
    <td role="cell" class="cell-exit figure" data-label="Exit">${price(trade.close_price)}</td>
    <td role="cell" class="cell-pnl figure" data-label="Realized P&L">
      <${Amount} value=${trade.realized_pnl} />
      <span class="cell-sub"><${Amount} value=${trade.realized_pnl_pct} percent />${trade.r_achieved !== null && ` · ${multiple(trade.r_achieved)}`}</span>
    </td>
    <td role="cell" class="cell-outcome" data-label="Outcome">
      <${Chip} title=${statusName(trade.status)}>${reasonName(trade.close_reason)}<//>
    </td>
    <td role="cell" class="cell-ended figure" data-label="Closed">${date(trade.close_date)}<span class="cell-sub">${timeShortZoned(trade.close_date)}</span></td>
    <td role="cell" class="cell-held figure" data-label="Held">${duration(trade.hold_duration_h)}</td>
  </tr>
  ${
    unfolded.value.has(trade.id) &&
    html`<tr role="row" class="detail-row" id=${`detail-${trade.id}`}>
      <td role="cell" colspan=${columns}><${TradeDetail} id=${trade.id} /></td>
    </tr>`
  }
`;
