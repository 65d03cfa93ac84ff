/** One alert: what it says, the trade it is about, and what its owner answers. */
import { Chip } from "../components/chip.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { TradeDetail } from "../components/trade-detail.js";
import { dateTime, dateTimeZoned } from "../lib/format.js";
import { html, useId, useState } from "../lib/html.js";
import { shortName } from "../lib/legs.js";
import { statusName } from "../lib/words.js";
import { acknowledge, busyAlerts, isAnswered } from "../state/alerts.js";
import { details, readDetail } from "../state/details.js";

/** @typedef {import("../shapes.js").Alert} Alert */

/** The kind of question that is answered with a price per share. */
const ASKS_FOR_A_PRICE = "position_missing";

const SEVERITIES = /** @type {Record<string, { tone: string, name: string }>} */ ({
  info: { tone: "plain", name: "Info" },
  warning: { tone: "warn", name: "Warning" },
  critical: { tone: "bad", name: "Critical" },
});

/** @param {{ alert: Alert }} props */
export function AlertItem({ alert }) {
  const { tone, name } = SEVERITIES[alert.severity] ?? { tone: "plain", name: alert.severity };
  return html`
    <li class="alert" data-severity=${alert.severity} data-answered=${isAnswered(alert) ? "" : null}>
      <div class="alert-head">
        <${Chip} tone=${tone}>${name}<//>
        <time class="figure" datetime=${alert.at}>${dateTimeZoned(alert.at)}</time>
        ${alert.resolved_at !== null && html`<${Chip} title="What it tells of is over by itself">over since ${dateTime(alert.resolved_at)}<//>`}
      </div>
      <p class="alert-text">${alert.text}</p>
      ${alert.question !== null && html`<p class="alert-question">${alert.question}</p>`}
      <div class="alert-actions">
        ${isAnswered(alert) ? html`<span class="cell-sub">Seen ${dateTimeZoned(alert.acked_at)}</span>` : html`<${Answers} alert=${alert} />`}
      </div>
      ${alert.trade_id !== null && html`<${AboutTrade} id=${alert.trade_id} />`}
    </li>
  `;
}

/** @param {{ alert: Alert }} props */
function Answers({ alert }) {
  const isBusy = busyAlerts.value.has(alert.id);
  const [isSure, setSure] = useState(false);
  if (alert.question === null) {
    return html`<button type="button" class="button" data-size="small" disabled=${isBusy} onClick=${() => void acknowledge(alert)}>Mark as seen</button>`;
  }
  return html`
    <button type="button" class="button" data-kind="primary" disabled=${isBusy} onClick=${() => setSure(true)}>Yes…</button>
    <button type="button" class="button" disabled=${isBusy} onClick=${() => void acknowledge(alert, false)}>No</button>
    ${isSure && html`<${YesDialog} alert=${alert} onClose=${() => setSure(false)} />`}
  `;
}

/** A yes is acted upon at once and for good, so it is asked twice. @param {{ alert: Alert, onClose: () => void }} props */
function YesDialog({ alert, onClose }) {
  const [price, setPrice] = useState("");
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const asksForPrice = alert.kind === ASKS_FOR_A_PRICE;
  const confirm = () => {
    if (asksForPrice && !(Number(price) > 0)) {
      setError("Give the price per share, such as 18.10");
      return;
    }
    onClose();
    void acknowledge(alert, true, asksForPrice ? Number(price) : undefined);
  };
  return html`
    <${Dialog} title=${alert.question ?? ""} onClose=${onClose} kind="narrow">
      <p>${alert.text}</p>
      ${
        asksForPrice &&
        html`<${Field} label="Price per share" value=${price} onInput=${setPrice} error=${error} inputmode="decimal" />`
      }
      <p>This is done at once and cannot be undone.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose} autofocus>Back</button>
        <button type="button" class="button" data-kind="danger-strong" onClick=${confirm}>Yes, do it</button>
      </div>
    <//>
  `;
}

/** The trade that an alert is about, with the same detail as in the portfolio. @param {{ id: string }} props */
function AboutTrade({ id }) {
  const [isOpen, setOpen] = useState(false);
  const place = useId();
  const trade = details.value.get(id)?.trade ?? null;
  const toggle = () => {
    if (!isOpen) void readDetail(id);
    setOpen(!isOpen);
  };
  return html`
    <div class="alert-trade">
      <button type="button" class="button-link" aria-expanded=${String(isOpen)} aria-controls=${place} onClick=${toggle}>
        ${isOpen ? "Hide the trade" : "Show the trade"}
      </button>
      <div id=${place}>
        ${isOpen && trade !== null && html`<p class="alert-trade-name"><strong>${shortName(trade)}</strong> · ${statusName(trade.status).toLowerCase()}</p>`}
        ${isOpen && html`<${TradeDetail} id=${id} />`}
      </div>
    </div>
  `;
}
