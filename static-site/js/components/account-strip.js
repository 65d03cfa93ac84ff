/** The account in one line, of one instant: worth, the day, what is open and what the stops would lose. */
import { change, count, money, percent, timeShort } from "../lib/format.js";
import { html } from "../lib/html.js";
import { account, accountError } from "../state/account.js";
import { me } from "../state/clock.js";
import { Amount } from "./amount.js";

export function AccountStrip() {
  const known = account.value;
  const limits = me.value?.limits ?? null;
  if (known === null) {
    const text = accountError.value === null ? "Reading the account…" : `The account could not be read. ${accountError.value}`;
    return html`<p class="account-strip account-strip-note">${text}</p>`;
  }
  return html`
    <dl class="account-strip">
      <${Figure} label="Net liq" note=${known.as_of && `as of ${timeShort(known.as_of)}`}>${money(known.equity)}<//>
      <${Figure} label="Day P&L" note=${unpricedNote(known)}>
        <${Amount} value=${known.day_pnl} />${known.day_pnl_pct !== null && html`<span class="figure-side">${change(known.day_pnl_pct)}</span>`}
      <//>
      <${Figure} label="Open P&L" note=${limits && `${count(known.open_positions)} of ${count(limits.max_positions)} positions`}>
        <${Amount} value=${known.open_pnl} />
      <//>
      <${Figure} label="Realised today" note=${limits && `limit ${money(limits.daily_loss_limit)} loss`}>
        <${Amount} value=${known.realized_today} />
      <//>
      <${Figure} label="Buying power">${money(known.buying_power)}<//>
      <${Figure} label="Risk to stops" note=${riskNote(known, limits)}>${money(known.risk_to_stops)}<//>
    </dl>
  `;
}

/** @typedef {import("../shapes.js").Account} Account */

/** What the sums leave out is said beside them. @param {Account} known */
const unpricedNote = ({ unpriced }) => (unpriced > 0 ? `${count(unpriced)} not priced` : "since the last close");

/** What the stops do not hold, and the heat that entries are limited by. @param {Account} known @param {import("../shapes.js").Me["limits"] | null} limits */
function riskNote({ unprotected, heat_pct }, limits) {
  const bare = unprotected.count > 0 ? `${count(unprotected.count)} without a stop, ${money(unprotected.value)}` : null;
  const heat = limits && `heat ${percent(heat_pct)} of ${percent(limits.heat_limit_pct)}`;
  return html`${bare && html`<span class="account-warning">${bare}</span>`}${heat}`;
}

/** @param {{ label: string, note?: any, children?: any }} props */
const Figure = ({ label, note, children }) => html`
  <div class="account-figure">
    <dt>${label}</dt>
    <dd>${children}</dd>
    ${note && html`<dd class="account-note">${note}</dd>`}
  </div>
`;
