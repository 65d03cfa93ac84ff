/** Which of a file's columns is which of ours, where its header does not say: chosen by whoever knows the file. */
import { FIELDS, proposeColumns, readSheet, renameColumns } from "../lib/csv-columns.js";
import { html, useState } from "../lib/html.js";
import { fileText, lookAtText } from "../state/import.js";

export function ImportColumns() {
  const text = fileText.value;
  const sheet = readSheet(text);
  const [chosen, setChosen] = useState(proposeColumns(sheet));
  const lacks = FIELDS.filter(({ name, isNeeded }) => isNeeded && (chosen[name] ?? -1) === -1);
  const hasContract = (chosen.symbol ?? -1) !== -1 || ["ticker", "option_type", "strike", "expiry"].every((name) => (chosen[name] ?? -1) !== -1);
  return html`
    <section class="import-columns" aria-labelledby="import-columns">
      <h3 id="import-columns">Say which column is which</h3>
      <div class="import-columns-list">
        ${FIELDS.map(
          ({ name, text: label, isNeeded }) => html`
            <label class="field" key=${name}>
              <span class="label">${label}${isNeeded && " *"}</span>
              <span class="field-box">
                <select name=${`column_${name}`} value=${String(chosen[name] ?? -1)} onChange=${(/** @type {any} */ event) => setChosen({ ...chosen, [name]: Number(event.currentTarget.value) })}>
                  <option value="-1">none</option>
                  ${sheet.columns.map(({ title, samples }, at) => html`<option key=${at} value=${String(at)}>${title || `column ${at + 1}`}${samples.length > 0 && ` (${samples.join(", ")})`}</option>`)}
                </select>
              </span>
            </label>
          `,
        )}
      </div>
      <p class="field-hint">${lacks.length > 0 ? `Still needed: ${lacks.map(({ text: label }) => label.toLowerCase()).join(", ")}.` : hasContract ? "" : "An option symbol is needed, or ticker, call or put, strike and expiry."}</p>
      <button type="button" class="button" disabled=${lacks.length > 0 || !hasContract} onClick=${() => void lookAtText(renameColumns(text, sheet, chosen))}>Look again with these columns</button>
    </section>
  `;
}
