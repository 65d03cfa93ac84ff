/** Filters of the history: result, words, ticker, strategy, tag, mode, right, dates. Text is applied when the user pauses or leaves it. */
import { Field } from "../components/field.js";
import { html } from "../lib/html.js";
import { MODES, modeName } from "../lib/words.js";
import { filters, historyFaults, NO_FILTERS, RESULTS, setFilters } from "../state/history.js";
import { FilterFold } from "./filter-fold.js";
import { TextFilter, TICKER_FORM } from "./filter-text.js";

const RESULT_NAMES = { wins: "Wins", losses: "Losses", expired: "Expired" };
const OPENERS = /** @type {[string, string][]} */ ([
  ["PERSON", "You"],
  ["DESK", "The desk"],
  ["AI", "An AI trader"],
]);
const RIGHTS = /** @type {[string, string][]} */ ([
  ["CALL", "Calls"],
  ["PUT", "Puts"],
]);

export function HistoryFilters() {
  const { from, to, result, ticker, strategy, mode, option_type: right, originator, tag, q } = filters.value;
  const faults = historyFaults.value;
  const set = Object.values(filters.value).filter((value) => value !== "").length;
  const chosen = result.split(",");
  return html`
    <${FilterFold} set=${set}><form class="filters" aria-label="Filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <fieldset class="checks">
        <legend>Result</legend>
        ${RESULTS.map(
          (each) => html`
            <label key=${each} class="check-pill">
              <input type="checkbox" checked=${chosen.includes(each)} onChange=${() => toggle(each)} />
              <span>${RESULT_NAMES[each]}</span>
            </label>
          `,
        )}
      </fieldset>
      <${TextFilter} label="Search" applied=${q} onApply=${(/** @type {string} */ value) => setFilters({ q: value })}
        maxlength="100" error=${faults.q ?? null} />
      <${TextFilter} label="Ticker" applied=${ticker} onApply=${(/** @type {string} */ value) => setFilters({ ticker: value })}
        maxlength="10" error=${faults.ticker && TICKER_FORM} />
      <${TextFilter} label="Strategy" applied=${strategy} onApply=${(/** @type {string} */ value) => setFilters({ strategy: value })}
        maxlength="60" error=${faults.strategy ?? null} />
      <${TextFilter} label="Tag" applied=${tag} onApply=${(/** @type {string} */ value) => setFilters({ tag: value })}
        maxlength="100" error=${faults.tag ?? null} />
      <${Choice} label="Mode" value=${mode} options=${MODES.map((each) => [each, modeName(each)])} onChoose=${(/** @type {string} */ value) => setFilters({ mode: value })} />
      <${Choice} label="Calls or puts" value=${right} options=${RIGHTS} onChoose=${(/** @type {string} */ value) => setFilters({ option_type: value })} />
      <${Choice} label="Opened by" value=${originator} options=${OPENERS} onChoose=${(/** @type {string} */ value) => setFilters({ originator: value })} />
      <${Field} label="Closed from" type="date" value=${from} onInput=${(/** @type {string} */ value) => setFilters({ from: value })}
        max=${to || null} error=${faults.from ?? null} />
      <${Field} label="Closed until" type="date" value=${to} onInput=${(/** @type {string} */ value) => setFilters({ to: value })}
        min=${from || null} error=${faults.to ?? null} />
      ${set > 0 && html`<button type="button" class="button-link" onClick=${() => setFilters(NO_FILTERS)}>Clear</button>`}
    </form><//>
  `;
}

/** @param {{ label: string, value: string, options: [string, string][], onChoose: (value: string) => void }} props */
const Choice = ({ label, value, options, onChoose }) => html`
  <label class="field">
    <span class="label">${label}</span>
    <span class="field-box">
      <select value=${value} onChange=${(/** @type {any} */ event) => onChoose(event.currentTarget.value)}>
        <option value="">Any</option>
        ${options.map(([each, text]) => html`<option key=${each} value=${each}>${text}</option>`)}
      </select>
    </span>
  </label>
`;

/** @param {string} result */
function toggle(result) {
  const chosen = filters.value.result.split(",").filter(Boolean);
  setFilters({ result: (chosen.includes(result) ? chosen.filter((each) => each !== result) : [...chosen, result]).join(",") });
}
