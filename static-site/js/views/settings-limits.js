/** The user's own limits. They stop entries, never exits. */
import { Field } from "../components/field.js";
import { html, useState } from "../lib/html.js";
import { FormFoot, useSettingsForm } from "./settings-form.js";

/** @typedef {import("../shapes.js").Settings} Settings */
/** @typedef {"account_balance" | "max_positions" | "daily_loss_limit" | "heat_limit_pct"} LimitName */

/** @type {{ name: LimitName, label: string, unit: string, hint: string }[]} */
const LIMITS = [
  { name: "account_balance", label: "Account balance", unit: "$", hint: "Base of heat and of returns." },
  { name: "max_positions", label: "Most open positions", unit: "", hint: "Pending ones count." },
  { name: "daily_loss_limit", label: "Most loss a day", unit: "$", hint: "Realised loss of the Eastern trading day; then no new entries." },
  { name: "heat_limit_pct", label: "Most heat", unit: "%", hint: "What all stops together may lose, of the balance." },
];
const DECIMAL = /^\d+(\.\d+)?$/;

/** @param {{ known: Settings }} props */
export function SettingsLimits({ known }) {
  const { isBusy, byField, refusal, save } = useSettingsForm();
  const [typed, setTyped] = useState(/** @type {Partial<Record<LimitName, string>>} */ ({}));
  const textOf = (/** @type {LimitName} */ name) => typed[name] ?? String(known[name] ?? "");
  const changed = LIMITS.filter(({ name }) => valueOf(textOf(name)) !== known[name]);
  const hasFault = LIMITS.some(({ name }) => faultOf(textOf(name)) !== null);
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
            ({ name, label, unit, hint }) => html`
              <${Field} key=${name} label=${label} value=${textOf(name)} name=${name} inputmode="decimal" class="figure" hint=${hint}
                placeholder="Default" onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [name]: value })}
                error=${faultOf(textOf(name)) ?? byField[name] ?? null} after=${unit && html`<span class="unit">${unit}</span>`} />
            `,
          )}
        </div>
        <${FormFoot} isBusy=${isBusy} canSave=${!hasFault && changed.length > 0} refusal=${refusal} />
      </form>
    </section>
  `;
}

/** @param {string} text null: the default. */
const valueOf = (text) => (text.trim() === "" ? null : Number(text));

/** @param {string} text */
const faultOf = (text) => (text.trim() === "" || DECIMAL.test(text.trim()) ? null : "Enter a number, such as 5 or 2.5.");
