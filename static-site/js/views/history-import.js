/** Past trades from a spreadsheet: choose the file, see what it holds, take it over. */
import { Amount } from "../components/amount.js";
import { Dialog } from "../components/dialog.js";
import { count, dateTime, plural } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { closeImport, fileText, importError, importReport, isImporting, isImportOpen, lookAt, openImport, pastImports, takeOver, undoImport } from "../state/import.js";
import { ImportColumns } from "./import-columns.js";

const EXAMPLE = `symbol,qty,entry_date,entry_price,close_date,close_price,fees
SPY260115C00580000,1,2026-01-05 10:02,4.20,2026-01-08 11:30,5.10,1.40`;

/** As spreadsheets count. */
const HEADER_ROW = 1;

export const HistoryImport = () => html`
  <button type="button" class="button" data-size="small" onClick=${openImport}>Import CSV…</button>
  ${isImportOpen.value && html`<${ImportDialog} />`}
`;

function ImportDialog() {
  const report = importReport.value;
  const fresh = report === null ? 0 : report.new;
  const canTake = report !== null && report.errors.length === 0 && fresh > 0;
  return html`
    <${Dialog} title="Import past trades" onClose=${closeImport}>
      <p>The transactions that tastytrade, Schwab or Interactive Brokers let you download, or a CSV of closed option trades, one a row. They count in history, performance and export, and never touch a broker.</p>
      <label class="field">
        <span class="label">CSV file</span>
        <input class="import-file" type="file" accept=".csv,text/csv,.txt" disabled=${isImporting.value} onChange=${onChoose} onClick=${forgetChoice} autofocus />
      </label>
      ${report === null && importError.value === null && !isImporting.value && html`<${Columns} />`}
      <div aria-live="polite">
        ${isImporting.value && html`<p class="panel-note"><span class="spinner" aria-hidden="true"></span> Looking at the file…</p>`}
        ${importError.value !== null && html`<p class="notice" data-tone="bad">${importError.value}</p>`}
        ${report !== null && html`<${Report} report=${report} fresh=${fresh} />`}
        ${report !== null && report.errors.some(({ row }) => row === HEADER_ROW) && html`<${ImportColumns} key=${fileText.value} />`}
      </div>
      <${PastImports} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${closeImport}>Cancel</button>
        <button type="button" class="button" data-kind="primary" disabled=${!canTake || isImporting.value} onClick=${() => void takeOver()}>
          ${canTake ? `Import ${count(fresh)} ${fresh === 1 ? "trade" : "trades"}` : "Import"}
        </button>
      </div>
    <//>
  `;
}

/** @param {any} event */
function onChoose(event) {
  const [file] = event.currentTarget.files;
  if (file !== undefined) void lookAt(file);
}

/** A browser tells of the same file again only when none was chosen before. @param {any} event */
function forgetChoice(event) {
  event.currentTarget.value = "";
}

const Columns = () => html`
  <details>
    <summary>What the file looks like</summary>
    <p class="panel-note">Needed: <code>symbol</code> (OCC), or <code>ticker</code>, <code>option_type</code>, <code>strike</code> and <code>expiry</code>;
      <code>qty</code>, <code>entry_date</code>, <code>entry_price</code>, <code>close_date</code>, <code>close_price</code>.
      Also read: <code>fees</code>, <code>strategy</code>, <code>ai_verdict</code>, <code>card_score</code>, <code>close_reason</code>,
      <code>sl_price</code>, <code>tp_price</code>, <code>notes</code>. Other columns are passed over.</p>
    <pre class="import-example" tabindex="0" aria-label="Example">${EXAMPLE}</pre>
  </details>
`;

/** @param {{ report: import("../shapes-import.js").ImportReport, fresh: number }} props */
function Report({ report, fresh }) {
  if (report.errors.length > 0) return html`<${Faults} faults=${report.errors} />`;
  if (report.rows === 0) return html`<p class="notice" data-tone="warn">The file holds no trade.</p>`;
  return html`
    <p class="notice">
      ${fresh > 0 ? html`${count(fresh)} new of ${count(report.rows)} ${report.rows === 1 ? "trade" : "trades"}, ` : "Nothing new: "}
      ${report.known > 0 && `${count(report.known)} here already${fresh > 0 ? ", " : "."}`}
      ${fresh > 0 && html`realized <${Amount} value=${report.total_pnl} />.`}
    </p>
    ${report.left_out.length > 0 && html`<${LeftOut} rows=${report.left_out} />`}
    ${report.near_duplicates.length > 0 && html`<${NearDuplicates} near=${report.near_duplicates} />`}
  `;
}

/** Rows that are no past trade, by their reason. @param {{ rows: import("../shapes-import.js").ImportReport["left_out"] }} props */
function LeftOut({ rows }) {
  const reasons = [...new Set(rows.map(({ why }) => why))];
  return html`
    <details class="notice">
      <summary>${plural(rows.length, "row")} left out</summary>
      <ul class="import-near">${reasons.map((why) => html`<li key=${why}>${why}: ${rows.filter((row) => row.why === why).map(({ row }) => row).join(", ")}</li>`)}</ul>
    </details>
  `;
}

/** @param {{ near: import("../shapes-import.js").ImportReport["near_duplicates"] }} props */
const NearDuplicates = ({ near }) => html`
  <details class="notice" data-tone="warn">
    <summary>${count(near.length)} ${near.length === 1 ? "row looks" : "rows look"} like a trade that is here, told differently</summary>
    <ul class="import-near">
      ${near.map(
        ({ row, symbol, trade_id, other_row }) =>
          html`<li key=${row}>Row ${row}, ${symbol}: ${trade_id !== null ? "a trade of the same days is in the history" : `row ${other_row} has the same prices`}</li>`,
      )}
    </ul>
    <p>Take them out of the file, or import them as trades of their own.</p>
  </details>
`;

/** Earlier files, each of which goes again as a whole. */
function PastImports() {
  const past = (pastImports.value ?? []).filter(({ undone_at }) => undone_at === null);
  const [asked, setAsked] = useState(/** @type {string | null} */ (null));
  if (past.length === 0) return null;
  return html`
    <details>
      <summary>Imported before</summary>
      <ul class="import-past">
        ${past.map(
          (one) => html`<li key=${one.id}>
            <span>${dateTime(one.at)} · ${count(one.trades)} ${one.trades === 1 ? "trade" : "trades"} · <${Amount} value=${one.total_pnl} /></span>
            ${
              asked === one.id
                ? html`<button type="button" class="button" data-size="small" data-kind="danger-strong" onClick=${() => void undoImport(one)}>Remove ${count(one.trades)} and their notes</button>`
                : html`<button type="button" class="button" data-size="small" data-kind="danger" aria-label=${`Undo the import of ${dateTime(one.at)}`} onClick=${() => setAsked(one.id)}>Undo</button>`
            }
          </li>`,
        )}
      </ul>
    </details>
  `;
}

/** @param {{ faults: import("../shapes-import.js").ImportReport["errors"] }} props */
const Faults = ({ faults }) => html`
  <p class="notice" data-tone="bad" role="alert">Nothing was imported: fix ${faults.length === 1 ? "this row" : "these rows"} and choose the file again.</p>
  <div class="import-faults" tabindex="0" role="region" aria-label="What is wrong, by row">
    <table>
      <thead><tr><th scope="col">Row</th><th scope="col">Column</th><th scope="col">What is wrong</th></tr></thead>
      <tbody>
        ${faults.map(
          ({ row, column, message }, index) => html`<tr key=${index}><td class="figure">${row ?? ""}</td><td>${column ?? ""}</td><td>${message}</td></tr>`,
        )}
      </tbody>
    </table>
  </div>
`;
