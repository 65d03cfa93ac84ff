/** How old what the desk decides by is; amber where it is older than it should be. */
import { age, dateTimeZoned } from "../lib/format.js";
import { html } from "../lib/html.js";
import { market } from "../state/clock.js";
import { deskStatus, deskStatusError } from "../state/desk-status.js";

const MINUTE_S = 60;
const DAY_S = 86_400;

/** Name, and how old it may be while the market is open, in seconds; null: it is told when there is news. @type {[keyof import("../state/desk-status.js").DeskStatus["data_ages"], string, number | null][]} */
const KINDS = [
  ["marks", "Marks of what is held", 2 * MINUTE_S],
  ["account", "Account at the broker", 5 * MINUTE_S],
  ["vix", "VIX and VIX3M", 5 * MINUTE_S],
  ["bars", "Daily bars", 4 * DAY_S],
  ["earnings", "Earnings dates", 4 * DAY_S],
  ["dividends", "Dividends", 4 * DAY_S],
  ["iv_history", "IV history", 4 * DAY_S],
  ["macro_windows", "Macro windows", null],
];

export function DeskAges() {
  const status = deskStatus.value;
  return html`
    <section class="panel" aria-labelledby="desk-ages">
      <h2 id="desk-ages">Data</h2>
      ${deskStatusError.value !== null && html`<p class="notice" data-tone="warn" role="alert">The status could not be read: ${deskStatusError.value}</p>`}
      ${status === null ? html`<p class="panel-note">Reading how old the data are…</p>` : html`
        <dl class="plain-facts ages">${KINDS.map(([name, text, most]) => html`<${Row} key=${name} text=${text} most=${most} one=${status.data_ages[name]} />`)}</dl>
        <p class="panel-note">Exits were looked at last ${status.last_exit_scan_at === null ? "never" : dateTimeZoned(status.last_exit_scan_at)}. Missing data let nothing in and hold up no exit.</p>
      `}
    </section>
  `;
}

/** @param {{ text: string, most: number | null, one: { as_of: string, age_s: number } | null }} props */
function Row({ text, most, one }) {
  const isOld = one !== null && most !== null && market.value?.open === true && one.age_s > most;
  return html`
    <dt>${text}</dt>
    <dd class="figure" data-tone=${isOld ? "warn" : null} title=${one === null ? null : dateTimeZoned(one.as_of)}>${one === null ? "never read" : `${age(one.age_s)} old${isOld ? ": too old" : ""}`}</dd>
  `;
}
