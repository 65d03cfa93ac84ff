/**
 * "Are you sure you want to close TICKER at market price?" (A-03): all or a part of it, at the market or at a limit, with the market of
 * now and what it would bring. A limit of one leg rests at the broker beside the stop, in the place of the target; several legs
 * leave by one order, not worse than a price.
 */
import { count, price, timeZoned } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { isApart, isStructure, shortName } from "../lib/legs.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { hasParts, readQuantity, typedQuantity } from "../lib/quantities.js";
import { sharesOf } from "../lib/shares.js";
import { faultOf, leaveText, readPrice, senseOf, typedPrice } from "../lib/typed-price.js";
import { holdsShares, isRealMoney } from "../lib/words.js";
import { factsById } from "../state/account.js";
import { adjustTrade, closeTrade } from "../state/actions.js";
import { market } from "../state/clock.js";
import { closeDialog } from "../state/dialogs.js";
import { openTrades } from "../state/portfolio.js";
import { isOnline } from "../state/tick.js";
import { Amount } from "./amount.js";
import { Dialog } from "./dialog.js";
import { Field, PriceField } from "./field.js";
import { Segmented } from "./segmented.js";

/** @typedef {import("../shapes.js").Trade} Trade */

/** @type {[string, string][]} */
const WAYS = [
  ["market", "At market"],
  ["limit", "At a limit"],
];

/** @param {{ trade: Trade }} props */
export function CloseDialog({ trade }) {
  const open = trade.open_qty ?? trade.qty;
  const isWhole = !isApart(trade);
  const isSeveral = isStructure(trade);
  const isDivisible = open > 1 || hasParts(trade);
  const mayRest = isWhole && !isSeveral && !holdsShares(trade) && !hasParts(trade);
  const [qty, setQty] = useState(typedQuantity(open));
  const [way, setWay] = useState("market");
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const level = readPrice(typed, senseOf(trade));
  const isLimit = way === "limit" && mayRest;
  const asked = readQuantity(qty, trade);
  const faults = { qty: qtyFault(asked, open, trade), level: isLimit && level === null ? "Enter a price such as 2.45" : faultOf(typed, level) };
  const hasFault = faults.qty !== null || faults.level !== null;
  const facts = factsById.value.get(trade.id) ?? null;

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (hasFault || isBusy) return;
    const part = asked === open || asked === null ? {} : { qty: asked };
    const how = { ...part, ...(isSeveral && level !== null ? { limit_price: level } : {}) };
    if (!isLimit && Object.keys(how).length === 0) {
      closeDialog();
      void closeTrade(trade);
      return;
    }
    setBusy(true);
    try {
      if (isLimit && level !== null) await adjustTrade(trade, restAt(level, asked ?? open, open));
      else await closeTrade(trade, how);
      closeDialog();
    } catch (error) {
      const fields = fieldErrors(error);
      setSaid(fields);
      setRefusal("qty" in fields || "limit_price" in fields || "new_tp" in fields ? null : sentence(error));
      setBusy(false);
    }
  };

  return html`
    <${Dialog} title=${titleOf(trade, isLimit)} onClose=${closeDialog} kind="narrow">
      <form class="close-form" onSubmit=${submit}>
        <p>
          ${count(open)} × ${shortName(trade)}${isSeveral && isWhole && ` at ${price(trade.current_price)}`}, open P&L
          ${" "}<${Amount} value=${trade.unrealized_pnl} />.
        </p>
        <${Market} trade=${trade} facts=${facts} />
        ${mayRest && html`<${Segmented} label="How" value=${way} options=${WAYS} onChoose=${(/** @type {string} */ chosen) => {
          setWay(chosen);
          if (chosen === "limit" && typed === "") setTyped(typedPrice(facts?.ask ?? trade.current_price, senseOf(trade)));
        }} />`}
        ${isWhole && (isDivisible || isSeveral || isLimit) &&
        html`<div class="ticket-pair">
          ${isDivisible && html`<${Field} label=${`How many of ${count(open)}`} value=${qty} onInput=${setQty} name="qty" inputmode=${hasParts(trade) ? "decimal" : "numeric"} class="figure" error=${faults.qty ?? said.qty ?? null} />`}
          ${
            (isSeveral || isLimit) &&
            html`<${PriceField} label=${isSeveral ? "Worst price" : "Limit price"} placeholder=${isSeveral ? "As the market gives" : ""} value=${typed} onInput=${setTyped} name="limit_price"
              error=${faults.level ?? said.limit_price ?? said.new_tp ?? null} hint=${isSeveral ? leaveText(level) : null} />`
          }
        </div>`}
        ${!isWhole && html`<p class="field-hint">Its legs went their own way: all that is left is closed, at what is had at once.</p>`}
        ${isSeveral && isWhole && html`<p class="field-hint">All legs leave by one order: with a worst price from the middle on, a little nearer every 10 seconds; without one at what is had at once.</p>`}
        ${isLimit && html`<p class="field-hint">The limit rests at the broker until it fills or you move it, and takes the place of ${trade.tp_price === null ? "a target" : `the target ${price(trade.tp_price)}`}. The stop stays.</p>`}
        ${trade.originator === "AI" && html`<p class="field-hint">Its trader then leaves ${trade.ticker} alone until you resume it there.</p>`}
        ${isRealMoney(trade.broker_mode) && html`<p class="notice" data-tone="live">This is a live position: real money.</p>`}
        ${
          market.value?.open === false && !hasParts(trade) &&
          html`<p class="notice">The market is closed. The close waits for the open; stop and target stay until then, and you can withdraw it.</p>`
        }
        ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${closeDialog}>Keep it open</button>
          <button type="submit" class="button" data-kind="danger-strong" disabled=${hasFault || isBusy || !isOnline.value} autofocus>${isBusy ? "Closing…" : closeText(trade, asked, open, isLimit ? level : null)}</button>
        </div>
      </form>
    <//>
  `;
}

/** @param {Trade} trade @param {boolean} isLimit */
function titleOf(trade, isLimit) {
  if (isStructure(trade)) return `Close ${shortName(trade)}?`;
  if (trade.originator === "AI" && !isLimit) return "Are you sure? This will close position at market price."; // C-07, word for word
  return isLimit ? `Close ${trade.ticker} at a limit?` : `Are you sure you want to close ${trade.ticker} at market price?`;
}

/** The market as it is now, and what leaving at once would make: the server's figure. @param {{ trade: Trade, facts: import("../shapes-account.js").Position | null }} props */
function Market({ trade, facts }) {
  if (facts === null || facts.bid === null) return null;
  const now = openTrades.value?.find(({ id }) => id === trade.id) ?? trade;
  return html`
    <p class="close-market figure">
      Bid <strong>${price(facts.bid)}</strong> · Ask <strong>${price(facts.ask)}</strong>${now.mark_at !== null && html` <span class="figure-side">${timeZoned(now.mark_at)}</span>`}
      ${facts.exit_pnl !== null && html`<br />All of it at once ≈ <${Amount} value=${facts.exit_pnl} /> <span class="figure-side">before fees</span>`}
    </p>
  `;
}

/** A limit of all is the target; of a part a target for that share. @param {number} level @param {number} qty @param {number} open */
const restAt = (level, qty, open) => (qty === open ? { new_tp: level } : { targets: [{ price: level, share: sharesOf([qty], open)[0] }] });

/** @param {number | null} asked @param {number} open @param {Trade} trade */
function qtyFault(asked, open, trade) {
  if (asked !== null && asked <= open) return null;
  return hasParts(trade) ? `Enter a quantity up to ${count(open)}.` : `Enter a whole number up to ${count(open)}.`;
}

/** @param {Trade} trade @param {number | null} asked @param {number} open @param {number | null} limit */
function closeText(trade, asked, open, limit) {
  const part = asked === null || asked >= open ? "" : ` ${count(asked)}`;
  if (isStructure(trade)) return part === "" ? "Close all legs" : `Close${part} of ${count(open)}`;
  if (limit !== null) return `Close${part} at ${price(limit)}`;
  return market.value?.open === false && !hasParts(trade) ? `Close${part} at the open` : `Close${part} at market`;
}
