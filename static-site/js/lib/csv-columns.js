/** The columns of a spreadsheet, and giving them the names that the import knows. Pure: only the header is read and written anew. */

/** What the import reads (docs/import.md), and what each is called. @type {{ name: string, text: string, isNeeded: boolean }[]} */
export const FIELDS = [
  { name: "symbol", text: "Option symbol (OCC)", isNeeded: false },
  { name: "ticker", text: "Ticker", isNeeded: false },
  { name: "option_type", text: "Call or put", isNeeded: false },
  { name: "strike", text: "Strike", isNeeded: false },
  { name: "expiry", text: "Expiry", isNeeded: false },
  { name: "qty", text: "Contracts", isNeeded: true },
  { name: "entry_date", text: "Opened", isNeeded: true },
  { name: "entry_price", text: "Entry price", isNeeded: true },
  { name: "close_date", text: "Closed", isNeeded: true },
  { name: "close_price", text: "Exit price", isNeeded: true },
  { name: "fees", text: "Fees", isNeeded: false },
  { name: "commission", text: "Commission", isNeeded: false },
  { name: "strategy", text: "Strategy", isNeeded: false },
  { name: "notes", text: "Notes", isNeeded: false },
];

const SAMPLE_ROWS = 2;

/** @typedef {{ separator: string, columns: { title: string, samples: string[] }[] }} Sheet */

/** @param {string} text @returns {Sheet} the file's own columns with what stands in their first rows */
export function readSheet(text) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const separator = [",", ";", "\t"].reduce((best, each) => (count(lines[0], each) > count(lines[0], best) ? each : best));
  const [titles, ...rows] = lines.slice(0, SAMPLE_ROWS + 1).map((line) => cells(line, separator));
  return { separator, columns: titles.map((title, at) => ({ title: title.trim(), samples: rows.map((row) => (row[at] ?? "").trim()).filter(Boolean) })) };
}

/** @param {string} text @param {string} mark */
const count = (text, mark) => text.split(mark).length;

/** One line's cells; a quoted one may hold the separator (RFC 4180). @param {string} line @param {string} separator */
function cells(line, separator) {
  /** @type {string[]} */
  const found = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const sign = line[at];
    if (sign === '"' && isQuoted && line[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (sign === '"') isQuoted = !isQuoted;
    else if (sign === separator && !isQuoted) {
      found.push(cell);
      cell = "";
    } else cell += sign;
  }
  return [...found, cell];
}

/** A first proposal: columns that go by our own names, each once. @param {Sheet} sheet @returns {Record<string, number>} column by field */
export function proposeColumns({ columns }) {
  const bare = (/** @type {string} */ name) => name.toLowerCase().replace(/[\s_\-/]/g, "");
  const titles = columns.map(({ title }) => bare(title));
  return Object.fromEntries(FIELDS.map(({ name }) => [name, titles.indexOf(bare(name))]).filter(([, at]) => at !== -1));
}

/**
 * The same file with the chosen columns called by our names and all others by none that we know.
 * @param {string} text @param {Sheet} sheet @param {Record<string, number>} chosen column by field; −1: none
 */
export function renameColumns(text, { separator, columns }, chosen) {
  const byColumn = new Map(Object.entries(chosen).map(([name, at]) => [at, name]));
  const header = columns.map((_column, at) => byColumn.get(at) ?? `unused${at + 1}`).join(separator);
  const body = text.replace(/^\uFEFF/, "");
  const end = body.indexOf("\n");
  return end === -1 ? header : header + body.slice(end);
}
