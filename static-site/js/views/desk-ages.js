/** How old what the desk decides by is; amber where it is older than it should be. */
import { age, dateTimeZoned } from "../lib/format.js";
import { html } from "../lib/html.js";
import { isTooOld, KINDS } from "../state/desk-ages.js";
import { deskStatus, deskStatusError } from "../state/desk-status.js";

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
  const isOld = isTooOld(one, most);
  return html`
    <dt>${text}</dt>
    <dd class="figure" data-tone=${isOld ? "warn" : null} title=${one === null ? null : dateTimeZoned(one.as_of)}>${one === null ? "never read" : `${age(one.age_s)} old${isOld ? ": too old" : ""}`}</dd>
  `;
}
