/** Fields of a form whose values are a draft of texts and flags: a strategy's builder, a trader's settings. */
import { html } from "../lib/html.js";
import { Field } from "./field.js";

/**
 * What a form hands its fields: what is typed, how it changes, and what the server said of each.
 * @typedef {{ values: Record<string, string | boolean>, set: (name: string, value: string | boolean) => void, faultOf: (name: string) => string | null }} DraftForm
 */

/** @param {{ form: DraftForm, name: string, label: string, numeric?: boolean, unit?: string, [more: string]: any }} props */
export const DraftText = ({ form: { values, set, faultOf }, name, label, numeric = false, unit, ...more }) => html`
  <${Field} label=${label} name=${name} value=${String(values[name] ?? "")} onInput=${(/** @type {string} */ value) => set(name, value)} error=${faultOf(name)}
    inputmode=${numeric ? "decimal" : null} class=${numeric ? "figure" : null} after=${unit === undefined ? null : html`<span class="unit">${unit}</span>`} ...${more} />
`;

/** @param {{ form: DraftForm, name: string, label: string, options: string[][] }} props */
export const DraftChoice = ({ form: { values, set }, name, label, options }) => html`
  <label class="field"><span class="label">${label}</span>
    <span class="field-box"><select name=${name} onChange=${(/** @type {any} */ event) => set(name, event.currentTarget.value)}>
      ${options.map(([option, text]) => html`<option key=${option} value=${option} selected=${option === values[name]}>${text}</option>`)}
    </select></span>
  </label>
`;

/** @param {{ form: DraftForm, name: string, label: string }} props */
export const DraftFlag = ({ form: { values, set }, name, label }) => html`
  <label class="switch switch-row"><input type="checkbox" role="switch" checked=${values[name] === true} onChange=${() => set(name, values[name] !== true)} /><span>${label}</span></label>
`;
