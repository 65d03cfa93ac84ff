/** The user's own limits. They stop entries, never exits. */
import { Field } from "../components/field.js";
import { count } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { FormFoot, useSettingsForm } from "./settings-form.js";

/** @typedef {import("../shapes.js").Settings} Settings */
/** @typedef {"account_balance" | "max_positions" | "daily_loss_limit" | "heat_limit_pct"} LimitName */

/** Bounds as the server has them. @type {{ name: LimitName, label: string, unit: string, hint: string, least: number, most: number, isWhole?: boolean }[]} */
const LIMITS = [
  { name: "account_balance", label: "Account balance", unit: "$", hint: "Base of heat and of returns.", least: 0.01, most: 1_000_000_000 },
  { name: "max_positions", label: "Max open positions", unit: "", hint: "Pending ones count.", least: 0, most: 1_000, isWhole: true },
  { name: "daily_loss_limit", label: "Max daily loss", unit: "$", hint: "Realized loss of the Eastern trading day; then no new entries.", least: 0, most: 1_000_000_000 },
  { name: "heat_limit_pct", label: "Max portfolio risk (heat)", unit: "%", hint: "What all stops together may lose, of the balance.", least: 0, most: 100 },
];
const DECIMAL = /^\d+(\.\d+)?$/;

/** @param {{ known: Settings }} props */
export function SettingsLimits({ known }) {
  const { isBusy, byField, refusal, save } = useSettingsForm();
  const [typed, setTyped] = useState(/** @type {Partial<Record<LimitName, string>>} */ ({}));
  const textOf = (/** @type {LimitName} */ name) => typed[name] ?? String(known[name] ?? "");
  const changed = LIMITS.filter(({ name }) => valueOf(textOf(name)) !== known[name]);
  const hasFault = LIMITS.some((limit) => faultOf(textOf(limit.name), limit) !== null);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (hasFault || changed.length === 0) return;
    if (await save(Object.fromEntries(changed.map(({ name }) => [name, valueOf(textOf(name))])))) setTyped({});
  };
  return html`
    <section class="panel" aria-labelledby="settings-limits">
      <h2 id="settings-limits">Limits</h2>
      <p class="panel-note">They stop new trades, never a close. Empty a field to go back to its default.</p>
      <form class="form" onSubmit=${submit}>
        <div class="form-grid">
          ${LIMITS.map(
            ({ name, label, unit, hint, ...bounds }) => html`
              <${Field} key=${name} label=${label} value=${textOf(name)} name=${name} inputmode="decimal" class="figure" hint=${hint}
                placeholder="Default" onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [name]: value })}
                error=${faultOf(textOf(name), bounds) ?? byField[name] ?? null} after=${unit && html`<span class="unit">${unit}</span>`} />
            `,
          )}
        </div>
        <${FormFoot} isBusy=${isBusy} canSave=${!hasFault && changed.length > 0} refusal=${refusal} lacks=${hasFault ? "Correct what is marked above." : undefined} />
      </form>
    </section>
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
