/** The user's own limits. They stop entries, never exits. */
import { html } from "../lib/html.js";
import { LimitsForm } from "./limits-form.js";
import { useSettingsForm } from "./settings-form.js";

/** @typedef {import("../shapes.js").Settings} Settings */

/** @type {import("./limits-form.js").Limit[]} */
const LIMITS = [
  { name: "account_balance", label: "Account balance", unit: "$", hint: "Base of heat and of returns.", least: 0.01, most: 1_000_000_000 },
  { name: "max_positions", label: "Max open positions", unit: "", hint: "Pending ones count.", least: 0, most: 1_000, isWhole: true },
  { name: "daily_loss_limit", label: "Max daily loss", unit: "$", hint: "Realized loss of the Eastern trading day; then no new entries.", least: 0, most: 1_000_000_000 },
  { name: "heat_limit_pct", label: "Max portfolio risk (heat)", unit: "%", hint: "What all stops together may lose, of the balance.", least: 0, most: 100 },
];
/** @param {{ known: Settings }} props */
export function SettingsLimits({ known }) {
  const { save, ...call } = useSettingsForm();
  return html`
    <section class="panel" aria-labelledby="settings-limits">
      <h2 id="settings-limits">Limits</h2>
      <p class="panel-note">They stop new trades, never a close. Empty a field to go back to its default.</p>
      <${LimitsForm} limits=${LIMITS} known=${known} placeholder="Default" call=${call} save=${save} />
    </section>
  `;
}
