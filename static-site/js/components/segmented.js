/** One choice of a few, as radio buttons drawn side by side. */
import { html, useId } from "../lib/html.js";

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.value
 * @param {[string, string][]} props.options value and text
 * @param {(value: any) => void} props.onChoose
 */
export function Segmented({ label, value, options, onChoose }) {
  const name = useId();
  return html`
    <fieldset class="segmented">
      <legend>${label}</legend>
      <div class="segmented-options">
        ${options.map(
          ([option, text]) => html`
            <label key=${option}>
              <input type="radio" name=${name} checked=${value === option} onChange=${() => onChoose(option)} />
              <span>${text}</span>
            </label>
          `,
        )}
      </div>
    </fieldset>
  `;
}
