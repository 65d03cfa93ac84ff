/** What a trade is in, and the button that unfolds its detail. */
import { calendarDate, daysTo, strike } from "../lib/format.js";
import { html } from "../lib/html.js";
import { expiriesText, isStructure, ownLegs, strikesText } from "../lib/legs.js";
import { holdsShares, isOption, isRealMoney, modeName, originName, sharesText, structureName } from "../lib/words.js";
import { expiryOf } from "../lib/positions.js";
import { serverNow } from "../state/clock.js";
import { toggleDetail, unfolded } from "../state/details.js";
import { effectiveMode } from "../state/settings.js";
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
          <span class="contract-name"><strong>${trade.ticker}</strong>${" "}${rightText(trade)}<${Origin} of=${trade.originator} /></span>
          <span class="cell-sub" title=${subText(trade)}>${subText(trade)}</span>
        </span>
        <span class="visually-hidden">${isUnfolded ? "Hide detail" : "Show detail"}</span>
      </button>
      ${isRealMoney(trade.broker_mode) && html`<${Chip} tone="live" title="Held at your live account">Live<//>`}
    </td>
  `;
}

/** Who opened it, where that was no person: a shape, no colour. @param {{ of: string | null }} props */
function Origin({ of }) {
  if (of !== "DESK" && of !== "AI") return null;
  const by = of === "DESK" ? "Opened by the desk" : "Opened by an AI trader";
  return html`<span class="origin" title=${by}><${Icon} name=${of === "DESK" ? "rules" : "spark"} /><span class="visually-hidden">, ${by.toLowerCase().replace("ai ", "AI ")}</span></span>`;
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
    expiriesText(ownLegs(trade), !trade.is_locked),
    isStructure(trade) && structureName(trade.structure),
    deliveredText(trade),
    trade.strategy,
    !isRealMoney(trade.broker_mode) && trade.broker_mode !== effectiveMode.value && modeName(trade.broker_mode),
  ]
    .filter(Boolean)
    .join(" · ");

/** Shares that nobody asked for: `100 shares assigned`. @param {import("../shapes.js").Trade} trade */
const deliveredText = ({ legs }) =>
  legs
    .filter((leg) => leg.origin !== null && leg.quantity > 0)
    .map((leg) => `${leg.quantity} shares ${leg.side === "SHORT" ? "short, " : ""}${originName(leg.origin)}`)
    .join(" · ");

/** Days to the first expiry; the last one is marked. @param {{ trade: import("../shapes.js").Trade }} props */
export function DaysCell({ trade }) {
  const expiry = expiryOf(trade);
  const days = daysTo(expiry, serverNow());
  return html`
    <td role="cell" class="cell-dte figure" data-label="DTE" title=${expiry === null ? null : calendarDate(expiry)} data-last=${days !== null && days <= 0 ? "" : null}>
      ${days === null ? "—" : days <= 0 ? "today" : `${days}d`}
    </td>
  `;
}
