/** One open position, with its unfolded detail beneath. */
import { change, count, direction, heldGreek, money, price } from "../lib/format.js";
import { html } from "../lib/html.js";
import { isStructure, netText, shortName } from "../lib/legs.js";
import { lacksStop, levelDistance, nextTarget } from "../lib/positions.js";
import { hasParts } from "../lib/quantities.js";
import { heardOf } from "../state/coins-live.js";
import { unfolded } from "../state/details.js";
import { openDialog, question } from "../state/dialogs.js";
import { isPinning } from "../state/narrow.js";
import { busyTrades } from "../state/portfolio.js";
import { Amount } from "./amount.js";
import { ContractCell, DaysCell } from "./contract-cell.js";
import { LazyDetail } from "./lazy-detail.js";
import { lazy } from "./lazy.js";
import { isMarkStale, MarkCell } from "./mark-cell.js";
import { RowActions } from "./row-actions.js";
import { StateCell } from "./state-cell.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {import("../shapes-account.js").Position} Position */
/** @typedef {{ trade: Trade, facts: Position | null, isBusy: boolean }} CellProps */

const AdjustForm = lazy("the form", async () => (await import("./adjust-form.js")).AdjustForm, { isSoon: true });
const PendingPrice = lazy("the form", async () => (await import("./pending-price.js")).PendingPrice);

/** @type {Record<string, (props: CellProps) => any>} */
const CELLS = {
  contract: ({ trade }) => html`<${ContractCell} trade=${trade} />`,
  dte: ({ trade }) => html`<${DaysCell} trade=${trade} />`,
  qty: ({ trade }) => html`<${QtyCell} trade=${trade} />`,
  entry: ({ trade }) => html`<${EntryCell} trade=${trade} />`,
  cost: ({ facts }) => figure("cost", "Cost", money(facts?.cost ?? null)),
  mark: ({ trade, facts }) => html`<${MarkCell} trade=${trade} facts=${facts} />`,
  pnl: ({ trade, facts }) => html`<${PnlCell} trade=${trade} facts=${facts} />`,
  pct: ({ facts }) => figure("pct", "P&L %", html`<${Amount} value=${facts?.pnl_pct ?? null} percent />`),
  day: ({ facts }) => figure("day", "Day", html`<${Amount} value=${facts?.day_pnl ?? null} />`),
  stop: ({ trade, facts }) => html`<${StopCell} trade=${trade} facts=${facts} />`,
  target: ({ trade }) => html`<${TargetCell} trade=${trade} />`,
  underlying: ({ facts }) => figure("underlying", "Underlying", price(facts?.underlying ?? null)),
  delta: ({ facts }) => figure("delta", "Delta", heldGreek(facts?.delta ?? null)),
  theta: ({ facts }) => figure("theta", "Theta", heldGreek(facts?.theta ?? null)),
  state: ({ trade }) => html`<${StateCell} trade=${trade} />`,
  actions: ({ trade, isBusy }) => html`<${RowActions} trade=${trade} isBusy=${isBusy} />`,
};

/** @param {string} name @param {string} label @param {any} value */
const figure = (name, label, value) => html`<td role="cell" class=${`cell-${name} figure`} data-label=${label}>${value}</td>`;

/** @param {{ trade: Trade, facts: Position | null, shown: import("../lib/positions.js").Column[] }} props */
export function PositionRow({ trade, facts, shown }) {
  const isBusy = busyTrades.value.has(trade.id);
  const isUnfolded = unfolded.value.has(trade.id);
  return html`
    <tr role="row" class="trade-row" aria-busy=${isBusy ? "true" : null} data-trade=${trade.id} data-ticker=${trade.ticker} data-coins=${hasParts(trade) ? "" : null} data-unfolded=${isUnfolded ? "" : null}>
      ${shown.map(({ name }) => CELLS[name]({ trade, facts, isBusy }))}
    </tr>
    ${
      isAdjusting(trade) &&
      html`<tr role="row" class="detail-row adjust-row">
        <td role="cell" colspan=${shown.length}><${AdjustForm} trade=${question.value?.trade ?? trade} /></td>
      </tr>`
    }
    ${
      question.value?.kind === "reprice" &&
      question.value.trade.id === trade.id &&
      html`<tr role="row" class="detail-row adjust-row">
        <td role="cell" colspan=${shown.length}><${PendingPrice} trade=${question.value.trade} /></td>
      </tr>`
    }
    ${
      isUnfolded &&
      !isPinning.value &&
      html`<tr role="row" class="detail-row" id=${`detail-${trade.id}`}>
        <td role="cell" colspan=${shown.length}><${LazyDetail} id=${trade.id} /></td>
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
  const waits = trade.order_type === "market" ? "market" : isStructure(trade) ? `limit, ${netText(trade.limit_price).split(" ")[0]}` : "limit, day";
  return html`
    <td role="cell" class="cell-entry figure" data-label="Entry">
      <span>${price(isWaiting ? trade.limit_price : trade.entry_price)}</span>
      <span class="cell-sub">${isWaiting ? waits : creditText(trade)}</span>
    </td>
  `;
}

/** The result, and what it is of the premium or of what could be lost at most (W-02). @param {{ trade: Trade, facts: Position | null }} props */
function PnlCell({ trade, facts }) {
  const heard = heardOf(trade);
  const part = heard?.isLive ? heard.pct : (facts?.pnl_pct ?? null);
  return html`
    <td role="cell" class="cell-pnl figure" data-label="Open P&L" data-stale=${isMarkStale(trade) && !heard?.isLive ? "true" : null}>
      <${Amount} value=${heard?.isLive ? heard.pnl : trade.unrealized_pnl} />
      ${part !== null && html`<span class="cell-sub" data-way=${direction(part, 1)}>${change(part)}${isStructure(trade) ? " of risk" : ""}</span>`}
    </td>
  `;
}

/** What is held and has no stop says so where the stop would stand; one that its strategy watches is told with its price. @param {{ trade: Trade, facts: Position | null }} props */
function StopCell({ trade, facts }) {
  if (lacksStop(trade, facts)) {
    return html`
      <td role="cell" class="cell-stop" data-label="Stop">
        <button type="button" class="no-stop" aria-label=${`No stop: add one to ${shortName(trade)}`} onClick=${() => openDialog("adjust", trade)}>No stop <span class="no-stop-add">Add</span></button>
      </td>
    `;
  }
  const watched = trade.sl_price === null ? (facts?.strategy_stop ?? null) : null;
  if (watched !== null) {
    return html`<td role="cell" class="cell-stop figure" data-label="Stop" title="The desk leaves at this price, by its strategy's stop"><span>${price(watched)}</span><span class="cell-sub">its strategy</span></td>`;
  }
  return html`<td role="cell" class="cell-stop figure" data-label="Stop"><span>${price(trade.sl_price)}</span>${away(trade, trade.sl_price)}</td>`;
}

/** How far a level is from the mark. @param {Trade} trade @param {number | null} level */
function away(trade, level) {
  const part = levelDistance(trade, level);
  return part === null ? null : html`<span class="cell-sub">${change(part)}</span>`;
}

/** The target over everything; of several the next one, and how many there are. @param {{ trade: Trade }} props */
function TargetCell({ trade }) {
  const { targets } = trade;
  const next = nextTarget(trade);
  return html`
    <td role="cell" class="cell-target figure" data-label="Target">
      <span>${price(next)}</span>
      ${targets.length > 1 ? html`<span class="cell-sub">${targetsText(targets)}</span>` : away(trade, next)}
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
