/** Recovery: what a look at the brokers would take up, said before it does; then what came of it. */
import { count, dateTimeZoned, plural } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { modeName } from "../lib/words.js";
import { isLooking, looked, lookNow, outlook, outlookError, readOutlook } from "../state/desk-recovery.js";
import { address } from "../state/route.js";
import { isOnline, OFFLINE } from "../state/tick.js";

/** @typedef {import("../state/desk-recovery.js").Reconciled} Reconciled */

export function DeskRecovery() {
  useEffect(() => void readOutlook(), []);
  const known = outlook.value;
  const done = looked.value;
  return html`
    <section class="panel" aria-labelledby="desk-recovery">
      <h2 id="desk-recovery">Recovery</h2>
      <p class="panel-note">Every two minutes the books of the desk are held against its brokers. Here it is done at once: orders that should be over are settled by the broker's word, what differs is listed and blocks entries. Nothing is bought or sold.</p>
      ${outlookError.value !== null && html`<p class="notice" data-tone="warn" role="alert">${outlookError.value}</p>`}
      ${known === null ? outlookError.value === null && html`<p class="panel-note">Reading what stands…</p>` : html`<${Accounts} title="It would take up" of=${known} none="Nothing: the desk acts in no account." />`}
      ${done !== null && html`<${Accounts} title=${`Looked at ${dateTimeZoned(done.at)}`} of=${done.results} none="There was no account to look at." isDone />`}
      <div class="form-actions">
        <button type="button" class="button" onClick=${lookNow} disabled=${isLooking.value || !isOnline.value || known === null || known.length === 0} title=${isOnline.value ? null : OFFLINE}>${isLooking.value ? "Looking…" : "Reconcile now"}</button>
      </div>
    </section>
  `;
}

/** @param {{ title: string, of: Reconciled[], none: string, isDone?: boolean }} props */
const Accounts = ({ title, of, none, isDone = false }) => html`
  <h3>${title}</h3>
  ${of.length === 0 && html`<p class="panel-note">${none}</p>`}
  <ul class="recovery" aria-live=${isDone ? "polite" : null}>
    ${of.map(
      (one) => html`
        <li key=${`${one.broker_mode} ${one.account_id}`}>
          <strong>${modeName(one.broker_mode)}</strong> ${one.account_id} · ${one.underlyings.join(", ")}
          ${one.trouble !== null && html`<p class="notice" data-tone="warn">Could not be looked at: ${one.trouble}.</p>`}
          <ul>${linesOf(one, isDone).map((line) => html`<li key=${line}>${line}</li>`)}</ul>
          ${one.drift.some(({ accepted }) => !accepted) && html`<p class="panel-note">What differs is accepted as it stands, or explained, in <a href=${address("activity")}>Activity</a>.</p>`}
        </li>
      `,
    )}
  </ul>
`;

/** @param {Reconciled} one @param {boolean} isDone @returns {string[]} */
function linesOf({ settled, unsettled, drift, trouble }, isDone) {
  const lines = [
    ...(settled.length > 0 ? [`${plural(settled.length, "order")} settled`] : []),
    ...unsettled.map(({ role }) => `${role === "ENTRY" ? "an entry" : "a close"} is not settled five minutes after it was sent${isDone ? ": look at the broker" : ""}`),
    ...drift.map(({ symbol, books, broker, since, accepted }) => `${symbol}: ${count(books)} in the books, ${count(broker)} at the broker since ${dateTimeZoned(since)}${accepted ? ", accepted" : ", stops entries"}`),
  ];
  if (lines.length > 0 || trouble !== null) return lines;
  return [isDone ? "Books and broker agree." : "Nothing is open: books and broker agreed at the last look."];
}
