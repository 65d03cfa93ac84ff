/** The buttons of a row: what its state allows, and nothing else. */
import { html } from "../lib/html.js";
import { shortName } from "../lib/legs.js";
import { holdsShares, isOption } from "../lib/words.js";
import { cancelTrade } from "../state/actions.js";
import { waitingChanges } from "../state/waiting.js";
import { waitsToClose } from "./state-cell.js";
import { openDialog } from "../state/dialogs.js";
import { isOnline, OFFLINE } from "../state/tick.js";

/** The least tick that any class has; the server decides by the contract's own. */
const LEAST_TICK_MAX = 0.05;

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {{ text: string, name: string, act: () => void, kind?: string, does?: string }} Action */

/** @param {{ trade: Trade, isBusy: boolean }} props */
export function RowActions({ trade, isBusy }) {
  return html`
    <td role="cell" class="cell-actions">
      ${isBusy && html`<span class="spinner" role="status" aria-label="Working"></span>`}
      ${actionsFor(trade).map(
        ({ text, name, act, kind, does }) => html`
          <button key=${text} type="button" class="button" data-size="small" data-kind=${kind} data-does=${does} disabled=${isBusy || !isOnline.value} onClick=${act}
            title=${isOnline.value ? null : OFFLINE} aria-label=${name}>${text}</button>
        `,
      )}
    </td>
  `;
}

/** @param {Trade} trade Whether its sale rests at the least tick because nobody bids: a limit that still works. */
const restsUnbid = ({ orders }) =>
  (orders ?? []).some(
    ({ role, type, status, limit_price: limit }) =>
      role === "EXIT" && type === "limit" && ["OPEN", "PENDING"].includes(status) && limit !== null && limit <= LEAST_TICK_MAX,
  );

/** @param {Trade} trade @returns {Action[]} */
function actionsFor(trade) {
  const name = shortName(trade);
  const cancel = (/** @type {string} */ text, /** @type {string} */ what) => ({ text, name: `${text}: ${what}`, act: () => void cancelTrade(trade) });
  const close = { text: "Close", name: `Close ${name}`, act: () => openDialog("close", trade), kind: "danger", does: "close" };
  const adjust = { text: "Adjust", name: `Adjust ${name}`, act: () => openDialog("adjust", trade), does: "adjust" };
  const reprice = { text: "Reprice", name: `Reprice ${name}`, act: () => openDialog("reprice", trade), does: "adjust" };
  const hasWaiting = waitsToClose(trade) || waitingChanges.value.has(trade.id);
  switch (trade.status) {
    case "PENDING":
      return trade.order_type === "limit" && isOption(trade) ? [reprice, cancel("Cancel", `order for ${name}`)] : [cancel("Cancel", `order for ${name}`)];
    case "PARTIALLY_FILLED":
      return [cancel("Cancel rest", name), adjust, close];
    case "OPEN":
      if (waitsToClose(trade)) return [cancel("Withdraw", `waiting close of ${name}`)];
      if (holdsShares(trade)) return [close];
      return hasWaiting ? [cancel("Withdraw", `waiting adjustment of ${name}`), close] : [adjust, close];
    case "CLOSING":
      return restsUnbid(trade) ? [cancel("Withdraw", `close of ${name}, for which nobody bids`)] : [];
    default:
      return [];
  }
}
