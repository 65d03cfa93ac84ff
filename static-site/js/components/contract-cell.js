/** What a trade is in, and the button that unfolds its detail. */
import { strike } from "../lib/format.js";
import { html } from "../lib/html.js";
import { expiriesText, isStructure, ownLegs, strikesText } from "../lib/legs.js";
import { holdsShares, isOption, modeName, originName, sharesText, structureName } from "../lib/words.js";
import { toggleDetail, unfolded } from "../state/details.js";
import { Chip } from "./chip.js";
import { Icon } from "./icon.js";

/** @param {{ trade: import("../shapes.js").Trade }} props */
export function ContractCell({ trade }) {
  const isUnfolded = unfolded.value.has(trade.id);
  return html`
    <td role="cell" class="cell-contract">
      <button type="button" class="unfold" aria-expanded=${String(isUnfolded)} aria-controls=${`detail-${trade.id}`}
        onClick=${() => toggleDetail(trade.id)}>
        <${Icon} name="chevron" />
        <span class="contract">
          <span class="contract-name"><strong>${trade.ticker}</strong>${" "}${rightText(trade)}</span>
          <span class="cell-sub">${subText(trade)}</span>
        </span>
        <span class="visually-hidden">${isUnfolded ? "Hide detail" : "Show detail"}</span>
      </button>
      ${trade.broker_mode === "TRADIER_LIVE" && html`<${Chip} tone="live" title="Held at your live account">Live<//>`}
    </td>
  `;
}

/** @param {import("../shapes.js").Trade} trade */
function rightText(trade) {
  if (isStructure(trade)) return strikesText(ownLegs(trade));
  if (isOption(trade)) return `${strike(trade.strike)} ${trade.option_type === "CALL" ? "Call" : "Put"}`;
  return holdsShares(trade) ? sharesText(trade) : "";
}

/** @param {import("../shapes.js").Trade} trade */
const subText = (trade) =>
  [
    expiriesText(ownLegs(trade)),
    isStructure(trade) && structureName(trade.structure),
    deliveredText(trade),
    trade.strategy,
    trade.broker_mode !== "TRADIER_LIVE" && modeName(trade.broker_mode),
  ]
    .filter(Boolean)
    .join(" · ");

/** Shares that nobody asked for: `100 shares assigned`. @param {import("../shapes.js").Trade} trade */
const deliveredText = ({ legs }) =>
  legs
    .filter((leg) => leg.origin !== null && leg.quantity > 0)
    .map((leg) => `${leg.quantity} shares ${leg.side === "SHORT" ? "short, " : ""}${originName(leg.origin)}`)
    .join(" · ");
