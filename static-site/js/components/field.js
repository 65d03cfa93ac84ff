/** A labelled input with its hint and its error, tied together for assistive technology. */
import { html, useId } from "../lib/html.js";

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.value
 * @param {(value: string) => void} props.onInput
 * @param {string | null} [props.error]
 * @param {any} [props.hint]
 * @param {any} [props.after] beside the input: a unit or a small button
 * @param {any} [props.inputRef]
 * @param {number} [props.rows] several lines, such as a key's
 * Whatever else is given goes to the input.
 */
export function Field({ label, value, onInput, error = null, hint = null, after = null, inputRef, rows, ...input }) {
  const id = useId();
  const described = [error ? `${id}-error` : null, hint ? `${id}-hint` : null].filter(Boolean).join(" ");
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <div class="field-box" data-invalid=${error ? "" : null}>
        <${rows === undefined ? "input" : "textarea"}
          id=${id}
          ref=${inputRef}
          value=${value}
          onInput=${(/** @type {any} */ event) => onInput(event.currentTarget.value)}
          aria-invalid=${error ? "true" : null}
          aria-describedby=${described || null}
          autocomplete="off"
          rows=${rows}
          ...${input}
        />
        ${after}
      </div>
      ${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
      ${hint && html`<p class="field-hint" id=${`${id}-hint`}>${hint}</p>`}
    </div>
  `;
}

/** A price field. @param {any} props */
export const PriceField = (props) => html`<${Field} inputmode="decimal" placeholder="None" class="figure" ...${props} />`;
