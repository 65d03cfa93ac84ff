/** The ticket's first part: symbol, what shape the trade has, expiry. */
import { SHAPES } from "../lib/build-legs.js";
import { byMonth, expiryText, stillTraded } from "../lib/expiries.js";
import { change, direction, price } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { market, serverNow } from "../state/clock.js";
import { draft, errors } from "../state/ticket-draft.js";
import { chooseExpiry, chooseFarExpiry, chooseKind, chooseRoot, chooseShape, chooseSymbol } from "../state/ticket-legs.js";
import { chain, expirations, isReadingMarket, quote, roots } from "../state/ticket-market.js";
import { Chip } from "./chip.js";
import { Field } from "./field.js";
import { Segmented } from "./segmented.js";

const GROUPS = [...new Set(Object.values(SHAPES).map((shape) => shape.group))];

export function TicketContract() {
  const [typed, setTyped] = useState(draft.value.ticker);
  const choose = () => void chooseSymbol(typed);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    choose();
  };
  return html`
    <form class="ticket-part" onSubmit=${submit}>
      <div class="ticket-symbol">
        <${Field} label="Symbol" value=${typed} onInput=${(/** @type {string} */ text) => setTyped(text.toUpperCase())} onBlur=${choose} name="ticker" placeholder="AAPL"
          maxlength="10" autocapitalize="characters" spellcheck=${false} error=${errors.value.ticker ?? null}
          after=${isReadingMarket.value && html`<span class="spinner" role="status" aria-label="Reading the market"></span>`} />
        <${Underlying} />
      </div>
      ${
        expirations.value !== null &&
        expirations.value.length > 0 &&
        html`<div class="ticket-choices"><${Shape} /><${Expiry} /><${FarExpiry} /><${Root} /><${Kind} /></div>`
      }
    </form>
  `;
}

function Underlying() {
  const known = quote.value;
  if (known === null) return null;
  return html`
    <p class="underlying figure">
      <strong>${price(chain.value?.underlying_price ?? known.last)}</strong>
      <span class="amount" data-way=${direction(known.change_pct)}>${change(known.change_pct)}</span>
      ${known.delayed && html`<${Chip} tone="warn" title="These quotes are 15 minutes old">15 min<//>`}
    </p>
  `;
}

/** @param {{ label: string, name: string, value: string, error?: string | null, onChoose: (value: string) => unknown, children?: any }} props */
const Select = ({ label, name, value, error = null, onChoose, children }) => html`
  <label class="field">
    <span class="label">${label}</span>
    <span class="field-box">
      <select name=${name} value=${value} onChange=${(/** @type {any} */ event) => void onChoose(event.currentTarget.value)}>${children}</select>
    </span>
    ${error && html`<span class="field-error">${error}</span>`}
  </label>
`;

const Shape = () => html`
  <${Select} label="Structure" name="shape" value=${draft.value.shape} onChoose=${chooseShape}>
    ${GROUPS.map(
      (group) => html`
        <optgroup key=${group} label=${group}>
          ${Object.entries(SHAPES)
            .filter(([, shape]) => shape.group === group)
            .map(([value, shape]) => html`<option key=${value} value=${value}>${shape.name}</option>`)}
        </optgroup>
      `,
    )}
  <//>
`;

/** By month, with the days to each; what has expired today is gone. */
function dates() {
  const now = serverNow();
  const closes = market.value?.session.closes_at ?? null;
  const listed = stillTraded(expirations.value ?? [], now, closes === null ? null : Date.parse(closes));
  return byMonth(listed).map(
    ([month, of]) => html`<optgroup key=${month} label=${month}>${of.map((date) => html`<option key=${date} value=${date}>${expiryText(date, now)}</option>`)}</optgroup>`,
  );
}

const Expiry = () => html`
  <${Select} label="Expiry" name="expiry" value=${draft.value.expiry} onChoose=${chooseExpiry} error=${errors.value["legs.0.expiry"] ?? null}>${dates()}<//>
`;

const FarExpiry = () =>
  draft.value.shape !== "CALENDAR"
    ? null
    : html`<${Select} label="Later expiry" name="far_expiry" value=${draft.value.far_expiry} onChoose=${chooseFarExpiry}>${dates()}<//>`;

const Root = () =>
  roots.value.length < 2 || draft.value.shape === "CALENDAR"
    ? null
    : html`
        <${Select} label="Class" name="root" value=${draft.value.root || roots.value[0]} onChoose=${chooseRoot} error=${errors.value["legs.0.root"] ?? null}>
          ${roots.value.map((root) => html`<option key=${root} value=${root}>${root}</option>`)}
        <//>
      `;

function Kind() {
  const { shape, kind } = draft.value;
  const kinds = SHAPES[shape].kinds;
  if (kinds.length === 0) return null;
  if (kinds.length === 2) return html`<${Segmented} label="Call or put" value=${kind} options=${kinds} onChoose=${chooseKind} />`;
  return html`
    <${Select} label="Kind" name="kind" value=${kind} onChoose=${chooseKind}>
      ${kinds.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
    <//>
  `;
}
