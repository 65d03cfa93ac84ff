/** The buttons of a row: what its state allows, and nothing else. */
import { html } from "../lib/html.js";
import { holdsShares } from "../lib/words.js";
import { cancelTrade } from "../state/actions.js";
import { shortName } from "../state/portfolio.js";
import { waitingChanges } from "../state/waiting.js";
import { waitsToClose } from "./state-cell.js";
import { openDialog } from "../state/dialogs.js";

/** The least tick that any class has; the server decides by the contract's own. */
const LEAST_TICK_MAX = 0.05;

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {{ text: string, name: string, act: () => void, kind?: string }} Action */

/** @param {{ trade: Trade, isBusy: boolean }} props */
export function RowActions({ trade, isBusy }) {
  return html`
    <td role="cell" class="cell-actions">
      ${isBusy && html`<span class="spinner" role="status" aria-label="Working"></span>`}
      ${actionsFor(trade).map(
        ({ text, name, act, kind }) => html`
          <button key=${text} type="button" class="button" data-size="small" data-kind=${kind} disabled=${isBusy} onClick=${act}
            aria-label=${name}>${text}</button>
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
  const close = { text: "Close", name: `Close ${name}`, act: () => openDialog("close", trade), kind: "danger" };
  const adjust = { text: "Adjust", name: `Adjust ${name}`, act: () => openDialog("adjust", trade) };
  const hasWaiting = waitsToClose(trade) || waitingChanges.value.has(trade.id);
  switch (trade.status) {
    case "PENDING":
      return [cancel("Cancel", `order for ${name}`)];
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
