/** Filters of the history: result, ticker, strategy, dates. Text is applied when the user pauses or leaves it. */
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { filters, NO_FILTERS, RESULTS, setFilters } from "../state/history.js";
import { Field } from "../components/field.js";

const APPLY_AFTER_MS = 400;
const RESULT_NAMES = { wins: "Wins", losses: "Losses", expired: "Expired" };

export function HistoryFilters() {
  const { from, to, results } = filters.value;
  const isSet = JSON.stringify(filters.value) !== JSON.stringify(NO_FILTERS);
  return html`
    <form class="filters" aria-label="Filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
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
      <${TextFilter} label="Ticker" name="ticker" maxlength="10" />
      <${TextFilter} label="Strategy" name="strategy" maxlength="20" />
      <${Field} label="From" type="date" value=${from} onInput=${(/** @type {string} */ value) => setFilters({ from: value })} max=${to || null} />
      <${Field} label="To" type="date" value=${to} onInput=${(/** @type {string} */ value) => setFilters({ to: value })} min=${from || null} />
      ${isSet && html`<button type="button" class="button-link" onClick=${() => setFilters(NO_FILTERS)}>Clear</button>`}
    </form>
  `;
}

/** @param {string} result */
function toggle(result) {
  const { results } = filters.value;
  setFilters({ results: results.includes(result) ? results.filter((each) => each !== result) : [...results, result] });
}

/** @param {{ label: string, name: "ticker" | "strategy", maxlength: string }} props */
function TextFilter({ label, name, maxlength }) {
  const applied = filters.value[name];
  const [typed, setTyped] = useState(applied);
  const timer = useRef(0);
  useEffect(() => setTyped(applied), [applied]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = (/** @type {string} */ value) => {
    setTyped(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFilters({ [name]: value }), APPLY_AFTER_MS);
  };
  return html`<${Field} label=${label} value=${typed} onInput=${onInput} maxlength=${maxlength} placeholder="Any" />`;
}
