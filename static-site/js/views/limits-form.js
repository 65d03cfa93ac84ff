/** A form of limits: what was typed over what is stored, judged by the server's own bounds. An emptied field is the default's. */
import { Field } from "../components/field.js";
import { count } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { FormFoot } from "./settings-form.js";

/** Bounds as the server has them, both ends allowed. @typedef {{ name: string, label: string, unit: string, hint: string, least: number, most: number, isWhole?: boolean }} Limit */

const DECIMAL = /^\d+(\.\d+)?$/;

/**
 * @param {object} props
 * @param {Limit[]} props.limits
 * @param {Record<string, any>} props.known as stored, by name
 * @param {string} props.placeholder what an empty field stands for
 * @param {{ isBusy: boolean, byField: Record<string, string>, refusal: string | null }} props.call
 * @param {(changes: Record<string, number | null>) => Promise<boolean>} props.save answers whether it was taken
 */
export function LimitsForm({ limits, known, placeholder, call: { isBusy, byField, refusal }, save }) {
  const [typed, setTyped] = useState(/** @type {Record<string, string>} */ ({}));
  const textOf = (/** @type {string} */ name) => typed[name] ?? String(known[name] ?? "");
  const changed = limits.filter(({ name }) => valueOf(textOf(name)) !== known[name]);
  const hasFault = limits.some((limit) => faultOf(textOf(limit.name), limit) !== null);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (hasFault || changed.length === 0) return;
    if (await save(Object.fromEntries(changed.map(({ name }) => [name, valueOf(textOf(name))])))) setTyped({});
  };
  return html`
    <form class="form" onSubmit=${submit}>
      <div class="form-grid">
        ${limits.map(
          ({ name, label, unit, hint, ...bounds }) => html`
            <${Field} key=${name} label=${label} value=${textOf(name)} name=${name} inputmode="decimal" class="figure" hint=${hint} placeholder=${placeholder}
              onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [name]: value })}
              error=${faultOf(textOf(name), bounds) ?? byField[name] ?? null} after=${unit && html`<span class="unit">${unit}</span>`} />
          `,
        )}
      </div>
      <${FormFoot} isBusy=${isBusy} canSave=${!hasFault && changed.length > 0} refusal=${refusal} lacks=${hasFault ? "Correct what is marked above." : undefined} />
    </form>
  `;
}

/** @param {string} text null: the default. */
const valueOf = (text) => (text.trim() === "" ? null : Number(text));

/** @param {string} text @param {{ least: number, most: number, isWhole?: boolean }} bounds */
function faultOf(text, { least, most, isWhole = false }) {
  const typed = text.trim();
  if (typed === "") return null;
  const value = Number(typed);
  const fits = DECIMAL.test(typed) && value >= least && value <= most && (!isWhole || Number.isInteger(value));
  return fits ? null : `${isWhole ? "A whole number" : "A number"} from ${count(least)} to ${count(most)}`;
}
