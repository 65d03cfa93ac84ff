/**
 * A map of results as a table: one level down, the other across, each cell's figure with its depth of colour beside its sign.
 * Arrow keys walk the cells; the line below reads the one that is walked on or pointed at.
 */
import { html, useRef, useState } from "../lib/html.js";

const DEPTHS = 3;
const STEPS = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });

/** `value` null: not known. @typedef {{ value: number | null, text: string, says: string, isMarked?: boolean }} HeatCell */

/**
 * @param {object} props
 * @param {string} props.label
 * @param {any} props.corner what goes down, what goes across
 * @param {string[]} props.rows @param {string[]} props.columns
 * @param {(row: number, column: number) => HeatCell} props.cellOf
 * @param {[number, number]} props.first where keys begin
 * @param {string} props.hint while nothing is pointed at
 * @param {(row: number, column: number) => void} [props.onChoose] by Enter or a press
 */
export function HeatTable({ label, corner, rows, columns, cellOf, first, hint, onChoose }) {
  const table = useRef(/** @type {HTMLTableElement | null} */ (null));
  const [at, setAt] = useState(first);
  const [read, setRead] = useState(/** @type {[number, number] | null} */ (null));
  const [row, column] = [Math.min(at[0], rows.length - 1), Math.min(at[1], columns.length - 1)];
  const cells = rows.map((_, down) => columns.map((__, across) => cellOf(down, across)));
  const most = Math.max(...cells.flat().map(({ value }) => Math.abs(value ?? 0)));
  const walk = (/** @type {KeyboardEvent} */ event) => {
    if (onChoose !== undefined && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      onChoose(row, column);
      return;
    }
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = /** @type {[number, number]} */ ([clamp(row + step[0], rows.length), clamp(column + step[1], columns.length)]);
    setAt(to);
    /** @type {HTMLElement | null | undefined} */ (table.current?.querySelector(`[data-at="${to.join()}"]`))?.focus();
  };
  return html`
    <div class="heat">
      <div class="heat-scroll">
        <table ref=${table} class="heat-table" role="grid" aria-label=${label} onKeyDown=${walk}>
          <thead><tr><th scope="col" class="heat-corner">${corner}</th>${columns.map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
          <tbody>
            ${rows.map(
              (name, down) => html`
                <tr key=${name}>
                  <th scope="row">${name}</th>
                  ${columns.map((__, across) => {
                    const cell = cells[down][across];
                    return html`
                      <td key=${across} role="gridcell" class="figure" data-at=${`${down},${across}`} data-way=${wayOf(cell.value)} data-depth=${depthOf(cell.value, most)} data-marked=${cell.isMarked ? "" : null}
                        data-pressed=${onChoose === undefined ? null : ""} aria-label=${`${cell.text}: ${cell.says}`} tabindex=${down === row && across === column ? "0" : "-1"}
                        onFocus=${() => setRead([down, across])} onBlur=${() => setRead(null)} onPointerEnter=${() => setRead([down, across])} onPointerLeave=${() => setRead(null)}
                        onClick=${() => {
                          setAt([down, across]);
                          onChoose?.(down, across);
                        }}>${cell.text}</td>
                    `;
                  })}
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
      <output class="chart-reading figure">${read === null ? hint : cells[read[0]]?.[read[1]]?.says ?? hint}</output>
    </div>
  `;
}

/** @param {number} value @param {number} count */
const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1);
/** @param {number | null} value */
const wayOf = (value) => (value === null ? "none" : value > 0 ? "gain" : value < 0 ? "loss" : "flat");
/** @param {number | null} value @param {number} most */
const depthOf = (value, most) => (value === null || most === 0 ? 0 : Math.ceil((Math.abs(value) / most) * DEPTHS));
