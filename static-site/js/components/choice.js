/** One of several, from a list that opens: for filters. */
import { html } from "../lib/html.js";

/** @param {{ label: string, value: string, options: string[][], onChoose: (value: string) => void }} props options: value and words */
export const Choice = ({ label, value, options, onChoose }) => html`
  <label class="field"><span class="label">${label}</span>
    <span class="field-box"><select value=${value} onChange=${(/** @type {any} */ event) => onChoose(event.currentTarget.value)}>
      ${options.map(([option, text]) => html`<option key=${option} value=${option} selected=${option === value}>${text}</option>`)}
    </select></span>
  </label>
`;
