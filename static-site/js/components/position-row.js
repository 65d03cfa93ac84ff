/** One open position, with its unfolded detail beneath. */
import { change, count, price, profit } from "../lib/format.js";
import { html } from "../lib/html.js";
import { isStructure, netText } from "../lib/legs.js";
import { unfolded } from "../state/details.js";
import { question } from "../state/dialogs.js";
import { busyTrades } from "../state/portfolio.js";
import { Amount } from "./amount.js";
import { ContractCell } from "./contract-cell.js";
import { isMarkStale, MarkCell } from "./mark-cell.js";
import { RowActions } from "./row-actions.js";
import { StateCell } from "./state-cell.js";
import { AdjustForm } from "./adjust-form.js";
import { TradeDetail } from "./trade-detail.js";

/** @typedef {import("../shapes.js").Trade} Trade */

/** @param {{ trade: Trade, columns: number }} props */
export function PositionRow({ trade, columns }) {
  const isBusy = busyTrades.value.has(trade.id);
  const isUnfolded = unfolded.value.has(trade.id);
  return html`
    <tr role="row" class="trade-row" aria-busy=${isBusy ? "true" : null} data-trade=${trade.id} data-ticker=${trade.ticker}>
      <${ContractCell} trade=${trade} />
      <${QtyCell} trade=${trade} />
      <${EntryCell} trade=${trade} />
      <${MarkCell} trade=${trade} />
      <${PnlCell} trade=${trade} />
      <td role="cell" class="cell-stop figure" data-label="Stop">${price(trade.sl_price)}</td>
      <${TargetCell} trade=${trade} />
      <${StateCell} trade=${trade} />
      <${RowActions} trade=${trade} isBusy=${isBusy} />
    </tr>
    ${
      isAdjusting(trade) &&
      html`<tr role="row" class="detail-row adjust-row">
        <td role="cell" colspan=${columns}><${AdjustForm} trade=${question.value?.trade ?? trade} /></td>
      </tr>`
    }
    ${
      isUnfolded &&
      html`<tr role="row" class="detail-row" id=${`detail-${trade.id}`}>
        <td role="cell" colspan=${columns}><${TradeDetail} id=${trade.id} /></td>
      </tr>`
    }
  `;
}

/** @param {Trade} trade */
const isAdjusting = (trade) => question.value?.kind === "adjust" && question.value.trade.id === trade.id;

/** Quantity held; what was asked for beside it where that differs. @param {{ trade: Trade }} props */
function QtyCell({ trade }) {
  const held = trade.status === "PENDING" ? 0 : (trade.open_qty ?? trade.qty);
  return html`
    <td role="cell" class="cell-qty figure" data-label="Qty">
      <span>${count(held)}${held !== trade.qty && html`<span class="figure-side"> of ${count(trade.qty)}</span>`}</span>
    </td>
  `;
}

/** The fill's price; before it the limit that waits. @param {{ trade: Trade }} props */
function EntryCell({ trade }) {
  const isWaiting = trade.entry_price === null;
  const waits = trade.order_type === "market" ? "market" : isStructure(trade) ? `limit, ${netText(trade.limit_price).split(" ")[0]}` : "limit";
  return html`
    <td role="cell" class="cell-entry figure" data-label="Entry">
      <span>${price(isWaiting ? trade.limit_price : trade.entry_price)}</span>
      <span class="cell-sub">${isWaiting ? waits : creditText(trade)}</span>
    </td>
  `;
}

/** @param {{ trade: Trade }} props */
function PnlCell({ trade }) {
  return html`
    <td role="cell" class="cell-pnl figure" data-label="Open P&L" data-stale=${isMarkStale(trade) ? "true" : null}>
      <${Amount} value=${trade.unrealized_pnl} />
      ${isStructure(trade) && html`<span class="cell-sub">${riskText(trade)}</span>`}
      ${
        !isStructure(trade) &&
        trade.max_gain !== null &&
        trade.max_drawdown !== null &&
        html`<span class="cell-sub" title="Best and worst open P&L seen">
          ${profit(trade.max_gain)} / ${profit(trade.max_drawdown)}
        </span>`
      }
    </td>
  `;
}

/** The target over everything; of several the next one, and how many there are. @param {{ trade: Trade }} props */
function TargetCell({ trade: { targets, tp_price: only } }) {
  const next = targets.find((target) => target.state !== "FILLED") ?? null;
  return html`
    <td role="cell" class="cell-target figure" data-label="Target">
      <span>${price(targets.length > 1 ? (next?.price ?? null) : (only ?? next?.price ?? null))}</span>
      ${targets.length > 1 && html`<span class="cell-sub">${targetsText(targets)}</span>`}
    </td>
  `;
}

/** @param {import("../shapes.js").Target[]} targets */
function targetsText(targets) {
  const filled = targets.filter((target) => target.state === "FILLED").length;
  return filled === 0 ? `${targets.length} targets` : `${filled} of ${targets.length} filled`;
}

/** What entering brought, of a structure also that it was paid for. @param {Trade} trade */
function creditText(trade) {
  if (trade.entry_credit !== null && trade.entry_credit > 0) return "credit";
  return isStructure(trade) && trade.entry_price !== null ? "debit" : "";
}

/** The result of what could be lost at most (W-02). @param {Trade} trade */
function riskText({ unrealized_pnl: result, risk_basis: risk }) {
  return result === null || risk === null || risk <= 0 ? "" : `${change((result / risk) * 100)} of risk`;
}
