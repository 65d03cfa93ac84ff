/** Export of the ended trades, CSV for the tax program, JSON whole: what is on the page, or all of it. */
import { html } from "../lib/html.js";
import { exporting, exportTrades } from "../state/export.js";
import { isFiltered, query } from "../state/history.js";

/** @type {["csv" | "json", string, string][]} */
const FORMATS = [
  ["csv", "CSV", "One row for each tax lot, as on Form 8949"],
  ["json", "JSON", "Each trade whole, with its context"],
];

export const HistoryExport = () => html`
  <div class="export" role="group" aria-label="Export">
    ${FORMATS.map(
      ([format, name, what]) => html`
        <button key=${format} type="button" class="button" data-size="small" title=${`${what}; just what is shown`} disabled=${exporting.value !== null}
          onClick=${() => void exportTrades(format, query())}>
          ${exporting.value === format ? "Fetching…" : `Export ${name}`}
        </button>
      `,
    )}
    ${
      isFiltered() &&
      html`<details class="menu">
        <summary class="button" data-size="small">All</summary>
        <div class="menu-body">
          ${FORMATS.map(([format, name, what]) => html`<button key=${format} type="button" class="button" title=${what} disabled=${exporting.value !== null} onClick=${() => void exportTrades(format, {})}>All trades as ${name}</button>`)}
        </div>
      </details>`
    }
  </div>
`;
