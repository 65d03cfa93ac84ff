/** Whether the market is open, and until or from when. */
import { dateTime, sameDay, timeShort, timeShortZoned, weekday, zone } from "../lib/format.js";
import { html } from "../lib/html.js";
import { market } from "../state/clock.js";
import { readAt } from "../state/portfolio.js";
import { isOnline } from "../state/tick.js";

export function MarketState() {
  const known = market.value;
  if (!isOnline.value) return html`<span class="market-state" data-away><span class="dot" aria-hidden="true"></span><span class="market-state-word">Offline${since()}</span></span>`;
  if (known === null) return null;
  return html`
    <span class="market-state" data-open=${known.open ? "" : null}>
      <span class="dot" aria-hidden="true"></span>
      <span><span class="market-state-word"><span class="market-state-of">Market </span>${known.open ? "open" : "closed"}</span><span class="market-state-detail">${detail(known)}${cadence(known)}</span></span>
    </span>
  `;
}

/** When the list was read last, which is when the device was last known to be online. */
const since = () => (readAt.value === null ? "" : ` since ${timeShortZoned(readAt.value.serverMs)}`);

/** @param {NonNullable<typeof market.value>} known */
function detail(known) {
  if (known.open) {
    if (known.next_close === null) return "";
    return ` · closes ${timeShortZoned(known.next_close)}${known.early_close ? " (early)" : ""}`;
  }
  const holiday = typeof known.holiday === "string" && known.holiday !== "" ? ` · ${known.holiday}` : "";
  if (known.next_open === null) return holiday;
  return `${holiday} · opens ${opening(known.now, known.next_open)} ${zone(known.next_open)}`;
}

/**
 * The data plan's month is running out: prices come rarer than every 40 seconds.
 * @param {NonNullable<typeof market.value>} known
 */
function cadence(known) {
  if (!known.open || typeof known.cadence_s !== "number") return "";
  return html`<span class="market-state-cadence" title="The data plan's calls of this month are running low."
    > · prices every ${known.cadence_s} s</span>`;
}

/** @param {string} now @param {string} opens */
function opening(now, opens) {
  if (sameDay(Date.parse(now), Date.parse(opens))) return timeShort(opens);
  const isThisWeek = Date.parse(opens) - Date.parse(now) < 6 * 86_400_000;
  return isThisWeek ? `${weekday(opens).split(",")[0]} ${timeShort(opens)}` : dateTime(opens);
}
