/**
 * The money line, the same on every view: what the account is worth, the day, what is open, what the stops would lose, buying
 * power. The server's figures, of one instant, which stands at its end. A phone shows the first three and unfolds the rest.
 */
import { briefMoney, change, count, isLong, money, percent, plural, time, timeZoned } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { isNonePriced } from "../lib/positions.js";
import { account, accountError, factsById } from "../state/account.js";
import { me } from "../state/clock.js";
import { openTrades, readAt } from "../state/portfolio.js";
import { address } from "../state/route.js";
import { Amount } from "./amount.js";

/** So long the broker may be silent before the line says of when its word is. */
const SILENT_MS = 60_000;

/** @typedef {import("../shapes-account.js").Account} Account */

export function AccountStrip() {
  const [isWhole, setWhole] = useState(false);
  const known = account.value;
  if (known === null) {
    const text = accountError.value === null ? "Reading the account…" : `The account could not be read. ${accountError.value}`;
    return html`<p class="account-strip account-strip-note">${text}</p>`;
  }
  const limits = me.value?.limits ?? null;
  const isDark = isNonePriced(heldIn(known.broker_mode));
  const isDayDark = isDark && known.day_pnl === 0 && known.realized_today === 0;
  return html`
    <section class="account-strip" aria-label="Account" data-whole=${isWhole ? "" : null}>
      <dl class="account-figures">
        <${Figure} label="Net liq" note=${silentNote(known)}><${Money} value=${known.equity} /><//>
        <${Figure} label="Day P&L" note=${unpricedNote(known)}>
          <${Amount} value=${isDayDark ? null : known.day_pnl} brief />${!isDayDark && known.day_pnl_pct !== null && html`<span class="figure-side">${change(known.day_pnl_pct)}</span>`}
        <//>
        <${Figure} label="Open P&L" note=${limits && `${count(known.open_positions)} of ${plural(limits.max_positions ?? 0, "position")}`}>
          <${Amount} value=${isDark ? null : known.open_pnl} brief />
        <//>
        <${Figure} label="Risk to stops" more note=${riskNote(known, limits)}><${Money} value=${isDark ? null : known.risk_to_stops} /><//>
        <${Figure} label="Buying power" more><${Money} value=${known.buying_power} /><//>
        <${Figure} label="Realized today" more note=${limits && `limit ${money(limits.daily_loss_limit)} loss`}><${Amount} value=${known.realized_today} brief /><//>
      </dl>
      <div class="account-end">
        <span class="account-clock figure"><span class="visually-hidden">All of it as of </span><time>${readAt.value === null ? "—" : timeZoned(readAt.value.serverMs)}</time></span>
        <button type="button" class="button-link account-more" aria-expanded=${String(isWhole)} onClick=${() => setWhole(!isWhole)}>${isWhole ? "Less" : "More"}</button>
      </div>
    </section>
  `;
}

/** What is held at the account that the line is of. @param {string} mode */
const heldIn = (mode) => (openTrades.value ?? []).flatMap((trade) => (trade.broker_mode === mode ? [factsById.value.get(trade.id)] : [])).filter((facts) => facts !== undefined);

/** @param {{ value: number | null }} props */
const Money = ({ value }) => html`<span title=${isLong(value) ? money(value) : null}>${briefMoney(value)}</span>`;

/** Marks move the figures, but the broker's own word may be old. @param {Account} known */
function silentNote({ as_of: at }) {
  const shown = readAt.value?.serverMs ?? null;
  return at !== null && shown !== null && shown - Date.parse(at) > SILENT_MS ? html`<span class="account-warning">broker silent since ${time(at)}</span>` : null;
}

/** What the sums leave out is said beside them. @param {Account} known */
const unpricedNote = ({ unpriced }) => (unpriced > 0 ? `${count(unpriced)} not priced` : "since the last close");

/** What the stops do not hold, and the heat that entries are limited by. @param {Account} known @param {import("../shapes.js").Me["limits"] | null} limits */
function riskNote({ unprotected, heat_pct }, limits) {
  const bare =
    unprotected.count > 0
      ? html`<a class="account-warning" href=${address("positions", { only: "bare" })}>${count(unprotected.count)} without a stop${unprotected.value > 0 && `, ${money(unprotected.value)}`}</a>`
      : null;
  const heat = limits && `heat ${percent(heat_pct)} of ${percent(limits.heat_limit_pct)}`;
  return html`${bare}${heat}`;
}

/** @param {{ label: string, note?: any, more?: boolean, children?: any }} props `more`: a phone unfolds it */
const Figure = ({ label, note, more = false, children }) => html`
  <div class="account-figure" data-more=${more ? "" : null}>
    <dt>${label}</dt>
    <dd>${children}</dd>
    ${note && html`<dd class="account-note">${note}</dd>`}
  </div>
`;
