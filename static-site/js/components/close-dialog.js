/** "Are you sure you want to close TICKER at market price?" (A-03) */
import { count } from "../lib/format.js";
import { html } from "../lib/html.js";
import { isStructure } from "../lib/legs.js";
import { closeTrade } from "../state/actions.js";
import { market } from "../state/clock.js";
import { closeDialog } from "../state/dialogs.js";
import { shortName } from "../state/portfolio.js";
import { Amount } from "./amount.js";
import { Dialog } from "./dialog.js";

/** @param {{ trade: import("../shapes.js").Trade }} props */
export function CloseDialog({ trade }) {
  const confirm = () => {
    closeDialog();
    void closeTrade(trade);
  };
  return html`
    <${Dialog} title=${isStructure(trade) ? `Close ${shortName(trade)}?` : `Are you sure you want to close ${trade.ticker} at market price?`} onClose=${closeDialog} kind="narrow">
      <p>
        ${count(trade.open_qty ?? trade.qty)} × ${shortName(trade)}, open P&L
        ${" "}<${Amount} value=${trade.unrealized_pnl} />.
      </p>
      ${isStructure(trade) && html`<p>All legs are closed by one order. It is asked for what the market gives, and walks on until it fills.</p>`}
      ${trade.broker_mode === "TRADIER_LIVE" && html`<p class="notice" data-tone="live">This is a live position: real money.</p>`}
      ${
        market.value?.open === false &&
        html`<p class="notice">The market is closed. The close waits for the open; stop and target stay until then, and you can withdraw it.</p>`
      }
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${closeDialog}>Keep it open</button>
        <button type="button" class="button" data-kind="danger-strong" onClick=${confirm} autofocus>${isStructure(trade) ? "Close all legs" : "Close at market"}</button>
      </div>
    <//>
  `;
}
