/** Filters of the performance tab: dates, ticker, strategy, mode; a few periods at one click. */
import { Field } from "../components/field.js";
import { easternDay } from "../lib/format.js";
import { html } from "../lib/html.js";
import { MODES, modeName } from "../lib/words.js";
import { serverNow } from "../state/clock.js";
import { ANY_MODE, isFiltered, NO_FILTERS, performanceFaults, performanceFilters, scope, setPerformanceFilters } from "../state/performance.js";
import { effectiveMode } from "../state/settings.js";
import { FilterFold } from "./filter-fold.js";
import { TextFilter, TICKER_FORM } from "./filter-text.js";

const DAY_MS = 86_400_000;

/** @type {[string, () => string][]} what a period is called, and its first day */
const PERIODS = [
  ["30 days", () => easternDay(serverNow() - 29 * DAY_MS)],
  ["90 days", () => easternDay(serverNow() - 89 * DAY_MS)],
  ["This year", () => `${easternDay(serverNow()).slice(0, 4)}-01-01`],
];

export function PerformanceFilters() {
  const { from, to, ticker, strategy, mode } = performanceFilters.value;
  const faults = performanceFaults.value;
  return html`
    <${FilterFold} set=${Object.values(performanceFilters.value).filter((value) => value !== "").length}><form class="filters" aria-label="Filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <fieldset class="checks">
        <legend>Period</legend>
        <${Period} text="All" from="" isChosen=${from === "" && to === ""} />
        ${PERIODS.map(([text, first]) => html`<${Period} key=${text} text=${text} from=${first()} isChosen=${from === first() && to === ""} />`)}
      </fieldset>
      <${Field} label="From" type="date" value=${from} onInput=${(/** @type {string} */ value) => setPerformanceFilters({ from: value })}
        max=${to || null} error=${faults.from ?? null} />
      <${Field} label="To" type="date" value=${to} onInput=${(/** @type {string} */ value) => setPerformanceFilters({ to: value })}
        min=${from || null} error=${faults.to ?? null} />
      <${TextFilter} label="Ticker" applied=${ticker} onApply=${(/** @type {string} */ value) => setPerformanceFilters({ ticker: value })}
        maxlength="10" error=${faults.ticker && TICKER_FORM} />
      <${TextFilter} label="Strategy" applied=${strategy} onApply=${(/** @type {string} */ value) => setPerformanceFilters({ strategy: value })}
        maxlength="20" error=${faults.strategy ?? null} />
      <label class="field">
        <span class="label">Mode</span>
        <span class="field-box">
          <select value=${mode || scope.value} onChange=${(/** @type {any} */ event) => setPerformanceFilters({ mode: event.currentTarget.value === effectiveMode.value ? "" : event.currentTarget.value })}>
            <option value=${ANY_MODE}>Every mode</option>
            ${MODES.map((each) => html`<option key=${each} value=${each}>${modeName(each)}</option>`)}
          </select>
        </span>
      </label>
      ${isFiltered() && html`<button type="button" class="button-link" onClick=${() => setPerformanceFilters(NO_FILTERS)}>Clear</button>`}
    </form><//>
  `;
}

/** @param {{ text: string, from: string, isChosen: boolean }} props */
const Period = ({ text, from, isChosen }) => html`
  <label class="check-pill">
    <input type="radio" name="period" checked=${isChosen} onChange=${() => setPerformanceFilters({ from, to: "" })} />
    <span>${text}</span>
  </label>
`;
