/** Above the table of open positions: what narrows it, groups, columns, density. */
import { html } from "../lib/html.js";
import { COLUMNS, QUICK } from "../lib/positions.js";
import { factsById } from "../state/account.js";
import { serverNow } from "../state/clock.js";
import { prefer } from "../state/device.js";
import { openTrades } from "../state/portfolio.js";
import { columns, isCompact, isGrouped, narrowByWords, narrowed, narrowTo, showAllRows, showColumn } from "../state/table.js";

export function PositionsTools() {
  const { words, only } = narrowed.value;
  return html`
    <form class="table-tools" role="search" aria-label="Narrow the positions" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <input class="table-words" type="search" name="words" placeholder="Filter: ticker, strategy, strike" aria-label="Filter by ticker, strategy, strike"
        value=${words} onInput=${(/** @type {any} */ event) => narrowByWords(event.currentTarget.value)} />
      <div class="table-quick" role="group" aria-label="Quick filters">${Object.entries(QUICK).map(([name, { text }]) => html`<${Quick} key=${name} name=${name} text=${text} isOn=${only === name} />`)}</div>
      ${(words !== "" || only !== "") && html`<button type="button" class="button-link" onClick=${showAllRows}>Show all</button>`}
      <div class="table-look">
        <${Toggle} text="Group" title="By underlying, with subtotals" isOn=${isGrouped.value} onChange=${() => prefer("grouped", !isGrouped.value)} />
        <${Toggle} text="Compact" title="Rows of one line" isOn=${isCompact.value} onChange=${() => prefer("compact", !isCompact.value)} />
        <${Columns} />
      </div>
    </form>
  `;
}

/** With how many it would show; none: it is not offered. @param {{ name: string, text: string, isOn: boolean }} props */
function Quick({ name, text, isOn }) {
  const now = serverNow();
  const fitting = (openTrades.value ?? []).filter((trade) => QUICK[name].fits(trade, now, factsById.value.get(trade.id) ?? null)).length;
  if (fitting === 0 && !isOn) return null;
  return html`
    <button type="button" class="quick" aria-pressed=${String(isOn)} data-tone=${name === "bare" ? "warn" : null} onClick=${() => narrowTo(name)}>
      ${text} <span class="quick-count">${fitting}</span>
    </button>
  `;
}

/** @param {{ text: string, title: string, isOn: boolean, onChange: () => void }} props */
const Toggle = ({ text, title, isOn, onChange }) => html`
  <button type="button" class="quick" aria-pressed=${String(isOn)} title=${title} onClick=${onChange}>${text}</button>
`;

function Columns() {
  const shown = new Set(columns.value.map(({ name }) => name));
  return html`
    <details class="menu columns-menu">
      <summary class="quick">Columns</summary>
      <fieldset class="menu-body">
        <legend class="visually-hidden">Columns that are shown</legend>
        ${COLUMNS.filter(({ choice }) => choice !== undefined).map(
          ({ name, text, title }) => html`
            <label key=${name} class="check">
              <input type="checkbox" checked=${shown.has(name)} onChange=${() => showColumn(name, !shown.has(name))} />
              <span>${text}${title && html`<span class="field-hint check-hint">${title}</span>`}</span>
            </label>
          `,
        )}
      </fieldset>
    </details>
  `;
}
