/** Value at risk of a day, both ways: by Cornish-Fisher, and by full revaluation over many paths. */
import { Chip } from "../components/chip.js";
import { money } from "../lib/format.js";
import { html } from "../lib/html.js";

/** @typedef {import("../state/risk.js").RiskBook} RiskBook */

/** @param {{ book: RiskBook, limits: import("../shapes-desk-more.js").DeskSettings | null }} props */
export function RiskValue({ book, limits }) {
  const rows = /** @type {const} */ ([
    ["95%", "one day in twenty loses more", book.var_95_1d, book.var_95_1d_approximate, book.var_95_1d_full],
    ["99%", "one day in a hundred loses more", book.var_99_1d, book.var_99_1d_approximate, book.var_99_1d_full],
  ]);
  const isPast = book.var_99_1d !== null && limits !== null && book.var_99_1d > limits.max_daily_loss;
  return html`
    <section class="panel" aria-labelledby="risk-value">
      <div class="panel-head">
        <h2 id="risk-value">Value at risk, one day</h2>
        ${isPast && html`<${Chip} tone="warn">99% is past the day's largest loss<//>`}
      </div>
      <table class="mini-table" role="table">
        <thead role="rowgroup"><tr role="row">${["", "Shown", "By Cornish-Fisher", "In full"].map((text, index) => html`<th key=${text} role="columnheader" scope="col" class=${index > 0 ? "group-figure" : null}>${text || html`<span class="visually-hidden">Level</span>`}</th>`)}</tr></thead>
        <tbody role="rowgroup">
          ${rows.map(
            ([level, words, shown, approximate, full]) => html`
              <tr role="row" key=${level}>
                <th role="rowheader" scope="row">${level}<span class="cell-sub">${words}</span></th>
                <td role="cell" class="group-figure figure"><strong>${money(shown)}</strong></td>
                <td role="cell" class="group-figure figure">${money(approximate)}</td>
                <td role="cell" class="group-figure figure">${money(full)}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
      <p class="panel-note">The full revaluation is shown where the two differ by more than 10%, or a leg has less than seven days.</p>
    </section>
  `;
}
