/** The account in one line: equity, buying power, the day, and how much of each limit is used. */
import { count, money, percent, timeShort } from "../lib/format.js";
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
      <${Figure} label="Equity" note=${known.as_of && `as of ${timeShort(known.as_of)}`}>${money(known.equity)}<//>
      <${Figure} label="Day P&L"><${Amount} value=${known.day_pnl} /><//>
      <${Figure} label="Buying power">${money(known.buying_power)}<//>
      <${Figure} label="Realised today" note=${limits && `limit ${money(limits.daily_loss_limit)} loss`}>
        <${Amount} value=${known.realized_today} />
      <//>
      <${Figure} label="Heat" note=${limits && `limit ${percent(limits.heat_limit_pct)}`}>
        ${percent(known.heat_pct)}<span class="figure-side">${money(known.heat)}</span>
      <//>
      <${Figure} label="Positions" note=${limits && `limit ${count(limits.max_positions)}`}>${count(known.open_positions)}<//>
    </dl>
  `;
}

/** @param {{ label: string, note?: any, children?: any }} props */
const Figure = ({ label, note, children }) => html`
  <div class="account-figure">
    <dt>${label}</dt>
    <dd>${children}</dd>
    ${note && html`<dd class="account-note">${note}</dd>`}
  </div>
`;
