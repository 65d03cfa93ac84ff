/** The user's own limits. They stop entries, never exits. */
import { html, useState } from "../lib/html.js";
import { Field } from "../components/field.js";
import { useSettingsForm } from "./settings-form.js";

/** @typedef {import("../shapes.js").Settings} Settings */
/** @typedef {"account_balance" | "max_positions" | "daily_loss_limit" | "heat_limit_pct"} LimitName */

/** @type {{ name: LimitName, label: string, unit: string, hint: string | null }[]} */
const LIMITS = [
  { name: "account_balance", label: "Account balance", unit: "$", hint: "Base of heat and of returns." },
  { name: "max_positions", label: "Most open positions", unit: "", hint: "Pending ones count." },
  { name: "daily_loss_limit", label: "Most loss a day", unit: "$", hint: "Realised loss of the Eastern trading day; then no new entries." },
  { name: "heat_limit_pct", label: "Most heat", unit: "%", hint: "What all stops together may lose, of the balance." },
];
/** @type {{ name: "close_before_expiry" | "allow_market_live", label: string }[]} */
const SWITCHES = [
  { name: "close_before_expiry", label: "Close live positions 15 minutes before they expire" },
  { name: "allow_market_live", label: "Allow market entries in live mode" },
];

/** @param {{ known: Settings }} props */
export function SettingsLimits({ known }) {
  const { isBusy, byField, refusal, save } = useSettingsForm();
  const [typed, setTyped] = useState(() => Object.fromEntries(LIMITS.map(({ name }) => [name, String(known[name] ?? "")])));
  const [switched, setSwitched] = useState(() => Object.fromEntries(SWITCHES.map(({ name }) => [name, known[name] === true])));
  const faults = Object.fromEntries(LIMITS.map(({ name }) => [name, isNumber(typed[name]) ? null : "Enter a number."]));
  const changes = {
    ...changedLimits(known, typed),
    ...Object.fromEntries(SWITCHES.filter(({ name }) => switched[name] !== (known[name] === true)).map(({ name }) => [name, switched[name]])),
  };
  const canSave = Object.keys(changes).length > 0 && Object.values(faults).every((fault) => fault === null);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (canSave) void save(changes);
  };
  return html`
    <section class="panel" aria-labelledby="settings-limits">
      <h2 id="settings-limits">Limits</h2>
      <form class="form" onSubmit=${submit}>
        <div class="form-grid">
          ${LIMITS.map(
            ({ name, label, unit, hint }) => html`
              <${Field} key=${name} label=${label} value=${typed[name]} name=${name} inputmode="decimal" class="figure" hint=${hint}
                onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [name]: value })}
                error=${faults[name] ?? byField[name] ?? null} after=${unit && html`<span class="unit">${unit}</span>`} />
            `,
          )}
        </div>
        ${SWITCHES.map(
          ({ name, label }) => html`
            <label key=${name} class="check">
              <input type="checkbox" name=${name} checked=${switched[name]} onChange=${() => setSwitched({ ...switched, [name]: !switched[name] })} />
              <span>${label}</span>
            </label>
          `,
        )}
        ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
        <div class="form-actions">
          <button type="submit" class="button" data-kind="primary" disabled=${isBusy || !canSave}>${isBusy ? "Saving…" : "Save"}</button>
        </div>
      </form>
    </section>
  `;
}

/** @param {string} value */
const isNumber = (value) => /^\d+(\.\d+)?$/.test(value.trim());

/** @param {Settings} known @param {Record<string, string>} typed */
const changedLimits = (known, typed) =>
  Object.fromEntries(
    LIMITS.filter(({ name }) => isNumber(typed[name]) && Number(typed[name]) !== known[name]).map(({ name }) => [name, Number(typed[name])]),
  );
