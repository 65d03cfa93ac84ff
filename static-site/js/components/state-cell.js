/** What a trade is doing where it is not simply open: its status, what waits, and what is not yet known. */
import { price } from "../lib/format.js";
import { html } from "../lib/html.js";
import { statusName } from "../lib/words.js";
import { waitingChanges } from "../state/waiting.js";
import { market } from "../state/clock.js";
import { Chip } from "./chip.js";

const TONES = /** @type {Record<string, string>} */ ({ CLOSING: "warn", PENDING: "plain", PARTIALLY_FILLED: "accent" });

/** @param {{ trade: import("../shapes.js").Trade }} props */
export function StateCell({ trade }) {
  const change = waitingChanges.value.get(trade.id) ?? null;
  return html`
    <td role="cell" class="cell-state" data-label="State">
      ${
        trade.status === "OPEN"
          ? html`<span class="visually-hidden">Open</span>`
          : html`<${Chip} tone=${TONES[trade.status] ?? "plain"}>${statusName(trade.status)}<//>`
      }
      ${
        trade.settling &&
        html`<${Chip} tone="warn" title="An order was sent; the broker's word about it is being looked for">Settling<//>`
      }
      ${waitsToClose(trade) && html`<${Chip} tone="warn" title=${whenText()}>Close waiting<//>`}
      ${change !== null && html`<${Chip} tone="warn" title=${changeText(change)}>Adjustment waiting<//>`}
    </td>
  `;
}

/** @param {import("../shapes.js").Trade} trade */
export const waitsToClose = (trade) => trade.close_requested_at !== null && trade.status !== "CLOSING";

const whenText = () => (market.value?.open ? "Carried out with the next sync" : "Carried out when the market opens");

/** @param {import("../shapes.js").Change} change */
function changeText(change) {
  const after = change.after;
  if (after === null || typeof after !== "object") return whenText();
  const parts = [
    "sl_price" in after ? `stop ${price(after.sl_price)}` : null,
    Array.isArray(after.targets) ? `${after.targets.length} targets` : null,
    "tp_price" in after && !Array.isArray(after.targets) ? `target ${price(after.tp_price)}` : null,
  ].filter(Boolean);
  return [parts.join(", "), whenText()].filter(Boolean).join(". ");
}
