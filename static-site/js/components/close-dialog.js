/**
 * "Are you sure you want to close TICKER at market price?" (A-03); of more than one a part, of several legs not worse than a price.
 */
import { count, price } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { isApart, isStructure } from "../lib/legs.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { hasParts, readQuantity, typedQuantity } from "../lib/quantities.js";
import { faultOf, leaveText, readPrice, senseOf } from "../lib/typed-price.js";
import { closeTrade } from "../state/actions.js";
import { market } from "../state/clock.js";
import { closeDialog } from "../state/dialogs.js";
import { shortName } from "../state/portfolio.js";
import { Amount } from "./amount.js";
import { Dialog } from "./dialog.js";
import { Field, PriceField } from "./field.js";

/** @typedef {import("../shapes.js").Trade} Trade */

/** @param {{ trade: Trade }} props */
export function CloseDialog({ trade }) {
  const open = trade.open_qty ?? trade.qty;
  const isWhole = !isApart(trade);
  const isDivisible = open > 1 || hasParts(trade);
  const [qty, setQty] = useState(typedQuantity(open));
  const [worst, setWorst] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const level = readPrice(worst, senseOf(trade));
  const asked = readQuantity(qty, trade);
  const faults = { qty: qtyFault(asked, open, trade), worst: faultOf(worst, level) };
  const hasFault = faults.qty !== null || faults.worst !== null;

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (hasFault || isBusy) return;
    const how = { ...(asked === open || asked === null ? {} : { qty: asked }), ...(level === null ? {} : { limit_price: level }) };
    if (Object.keys(how).length === 0) {
      closeDialog();
      void closeTrade(trade);
      return;
    }
    setBusy(true);
    try {
      await closeTrade(trade, how);
      closeDialog();
    } catch (error) {
      const fields = fieldErrors(error);
      setSaid(fields);
      setRefusal("qty" in fields || "limit_price" in fields ? null : sentence(error));
      setBusy(false);
    }
  };

  return html`
    <${Dialog} title=${isStructure(trade) ? `Close ${shortName(trade)}?` : `Are you sure you want to close ${trade.ticker} at market price?`} onClose=${closeDialog} kind="narrow">
      <form class="close-form" onSubmit=${submit}>
        <p>
          ${count(open)} × ${shortName(trade)}${isStructure(trade) && isWhole && ` at ${price(trade.current_price)}`}, open P&L
          ${" "}<${Amount} value=${trade.unrealized_pnl} />.
        </p>
        ${isWhole && (isDivisible || isStructure(trade)) &&
        html`<div class="ticket-pair">
          ${isDivisible && html`<${Field} label=${`How many of ${count(open)}`} value=${qty} onInput=${setQty} name="qty" inputmode=${hasParts(trade) ? "decimal" : "numeric"} class="figure" error=${faults.qty ?? said.qty ?? null} />`}
          ${
            isStructure(trade) &&
            html`<${PriceField} label="Worst price" placeholder="As the market gives" value=${worst} onInput=${setWorst} name="limit_price"
              error=${faults.worst ?? said.limit_price ?? null} hint=${leaveText(level)} />`
          }
        </div>`}
        ${!isWhole && html`<p class="field-hint">Its legs went their own way: all that is left is closed, at what is had at once.</p>`}
        ${isStructure(trade) && isWhole && html`<p class="field-hint">All legs leave by one order: with a worst price from the middle on, a little nearer every 10 seconds; without one at what is had at once.</p>`}
        ${trade.broker_mode === "TRADIER_LIVE" && html`<p class="notice" data-tone="live">This is a live position: real money.</p>`}
        ${
          market.value?.open === false && !hasParts(trade) &&
          html`<p class="notice">The market is closed. The close waits for the open; stop and target stay until then, and you can withdraw it.</p>`
        }
        ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${closeDialog}>Keep it open</button>
          <button type="submit" class="button" data-kind="danger-strong" disabled=${hasFault || isBusy} autofocus>${isBusy ? "Closing…" : closeText(trade, asked, open)}</button>
        </div>
      </form>
    <//>
  `;
}

/** @param {number | null} asked @param {number} open @param {Trade} trade */
function qtyFault(asked, open, trade) {
  if (asked !== null && asked <= open) return null;
  return hasParts(trade) ? `Enter a quantity up to ${count(open)}.` : `Enter a whole number up to ${count(open)}.`;
}

/** @param {Trade} trade @param {number | null} asked @param {number} open */
function closeText(trade, asked, open) {
  const part = asked === null || asked >= open ? "" : ` ${count(asked)}`;
  if (isStructure(trade)) return part === "" ? "Close all legs" : `Close${part} of ${count(open)}`;
  return `Close${part} at market`;
}
