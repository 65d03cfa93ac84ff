/** Export of the ended trades, CSV for the tax program, JSON whole; the dates of the filters bound it. */
import { html } from "../lib/html.js";
import { exporting, exportTrades } from "../state/export.js";
import { query } from "../state/history.js";

/** @type {["csv" | "json", string, string][]} */
const FORMATS = [
  ["csv", "CSV", "One row for each tax lot, as on Form 8949"],
  ["json", "JSON", "Each trade whole, with its context"],
];

export function HistoryExport() {
  const { from, to, result, ticker, strategy } = query();
  const isNarrower = result !== null || ticker !== null || strategy !== null;
  return html`
    <div class="export" role="group" aria-label="Export">
      ${isNarrower && html`<span class="export-note" id="export-note">The file holds all tickers and results of these dates.</span>`}
      ${FORMATS.map(
        ([format, name, what]) => html`
          <button key=${format} type="button" class="button" data-size="small" title=${what} disabled=${exporting.value !== null}
            aria-describedby=${isNarrower ? "export-note" : null} onClick=${() => void exportTrades(format, { from, to })}>
            ${exporting.value === format ? "Fetching…" : `Export ${name}`}
          </button>
        `,
      )}
    </div>
  `;
}
