/** Filters of the history: result, ticker, strategy, dates. Text is applied when the user pauses or leaves it. */
import { Field } from "../components/field.js";
import { html } from "../lib/html.js";
import { filters, historyFaults, NO_FILTERS, RESULTS, setFilters } from "../state/history.js";
import { FilterFold } from "./filter-fold.js";
import { TextFilter, TICKER_FORM } from "./filter-text.js";

const RESULT_NAMES = { wins: "Wins", losses: "Losses", expired: "Expired" };

export function HistoryFilters() {
  const { from, to, results, ticker, strategy } = filters.value;
  const faults = historyFaults.value;
  const set = results.length + [from, to, ticker, strategy].filter((value) => value !== "").length;
  return html`
    <${FilterFold} set=${set}><form class="filters" aria-label="Filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <fieldset class="checks">
        <legend>Result</legend>
        ${RESULTS.map(
          (result) => html`
            <label key=${result} class="check-pill">
              <input type="checkbox" checked=${results.includes(result)} onChange=${() => toggle(result)} />
              <span>${RESULT_NAMES[result]}</span>
            </label>
          `,
        )}
      </fieldset>
      <${TextFilter} label="Ticker" applied=${ticker} onApply=${(/** @type {string} */ value) => setFilters({ ticker: value })}
        maxlength="10" error=${faults.ticker && TICKER_FORM} />
      <${TextFilter} label="Strategy" applied=${strategy} onApply=${(/** @type {string} */ value) => setFilters({ strategy: value })}
        maxlength="20" error=${faults.strategy ?? null} />
      <${Field} label="Ended from" type="date" value=${from} onInput=${(/** @type {string} */ value) => setFilters({ from: value })}
        max=${to || null} error=${faults.from ?? null} />
      <${Field} label="Ended until" type="date" value=${to} onInput=${(/** @type {string} */ value) => setFilters({ to: value })}
        min=${from || null} error=${faults.to ?? null} />
      ${set > 0 && html`<button type="button" class="button-link" onClick=${() => setFilters(NO_FILTERS)}>Clear</button>`}
    </form><//>
  `;
}

/** @param {string} result */
function toggle(result) {
  const { results } = filters.value;
  setFilters({ results: results.includes(result) ? results.filter((each) => each !== result) : [...results, result] });
}
