/** Activity: what needs its owner first, then everything that happened, day by day. */
import { Amount } from "../components/amount.js";
import { Failed, Loading } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { StaleNotice } from "../components/stale-notice.js";
import { TradeDetail } from "../components/trade-detail.js";
import { byDay } from "../lib/activity.js";
import { time } from "../lib/format.js";
import { html, useEffect, useId, useState } from "../lib/html.js";
import { activity, activityError, hasOlderActivity, readActivity, readOlderActivity } from "../state/activity.js";
import { readDetail } from "../state/details.js";
import { openTrades } from "../state/portfolio.js";
import { markRead, unread } from "../state/unread.js";
import { Alerts } from "./alerts.js";

export function ActivityView() {
  const open = (openTrades.value ?? []).map((trade) => `${trade.id} ${trade.version}`).join();
  useEffect(() => void readActivity(), [open]); // what leaves, comes or is moved stands here
  useEffect(markRead, [unread.value]);
  return html`
    <div class="view-head"><h1>Activity</h1></div>
    <${Alerts} />
    <section class="happened" aria-labelledby="happened">
      <h2 id="happened">What happened</h2>
      <${Days} />
    </section>
  `;
}

function Days() {
  const events = activity.value;
  const error = activityError.value;
  if (events === null) {
    return error === null ? html`<${Loading} what="what happened" />` : html`<${Failed} what="What happened" error=${error} onRetry=${readActivity} />`;
  }
  if (events.length === 0) return html`<p class="panel-note">Fills, stops, targets, closes, adjustments and imports stand here once there are some.</p>`;
  return html`
    ${error !== null && html`<${StaleNotice} error=${error} onRetry=${readActivity} />`}
    ${byDay(events).map(
      ({ day, events: of }) => html`
        <section class="day" key=${day} aria-label=${day}>
          <h3>${day}</h3>
          <ol class="events">${of.map((event) => html`<${EventLine} key=${event.id} event=${event} />`)}</ol>
        </section>
      `,
    )}
    ${hasOlderActivity.value && html`<p class="more"><button type="button" class="button" onClick=${readOlderActivity}>Show older</button></p>`}
  `;
}

/** @param {{ event: import("../lib/activity.js").Event }} props */
function EventLine({ event: { at, kind, text, detail, result, trade } }) {
  const [isOpen, setOpen] = useState(false);
  const place = useId();
  const toggle = () => {
    if (!isOpen && trade !== null) void readDetail(trade);
    setOpen(!isOpen);
  };
  return html`
    <li class="event" data-kind=${kind}>
      <time class="figure" datetime=${at}>${time(at)}</time>
      <span class="event-text">
        ${trade === null ? text : html`<button type="button" class="unfold" aria-expanded=${String(isOpen)} aria-controls=${place} onClick=${toggle}><${Icon} name="chevron" /><span>${text}</span></button>`}
        ${detail && html`<span class="event-detail figure">${detail}</span>`}
      </span>
      <span class="event-result figure">${result !== null && html`<${Amount} value=${result} />`}</span>
      <div id=${place} class="event-trade">${isOpen && trade !== null && html`<${TradeDetail} id=${trade} />`}</div>
    </li>
  `;
}
