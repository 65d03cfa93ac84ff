/** What the ticket proposes on this device: contracts, days to expiry, stop, target, risk. Empty a field for none. */
import { Field } from "../components/field.js";
import { count } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { BOUNDS, keepOrderDefaults, orderDefaults } from "../state/order-defaults.js";
import { toast } from "../state/toasts.js";
import { FormFoot } from "./settings-form.js";

/** @typedef {keyof typeof BOUNDS} Name */

/** @type {{ name: Name, label: string, unit: string, hint: string, mayBeNone: boolean }[]} */
const FIELDS = [
  { name: "qty", label: "Contracts", unit: "", hint: "Of each new order.", mayBeNone: false },
  { name: "days", label: "Days to expiry", unit: "days", hint: "The monthly expiry nearest to it is proposed.", mayBeNone: false },
  { name: "stop", label: "Stop below the entry", unit: "%", hint: "Empty: none is proposed.", mayBeNone: true },
  { name: "target", label: "Target above the entry", unit: "%", hint: "Empty: none is proposed.", mayBeNone: true },
  { name: "risk", label: "Risk of a trade", unit: "$", hint: "For “Size by risk”.", mayBeNone: true },
];

export function SettingsOrder() {
  const [typed, setTyped] = useState(/** @type {Partial<Record<Name, string>>} */ ({}));
  const textOf = (/** @type {Name} */ name) => typed[name] ?? String(orderDefaults.value[name] ?? "");
  const faults = FIELDS.map((field) => faultOf(textOf(field.name), field));
  const hasFault = faults.some((fault) => fault !== null);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (hasFault) return;
    keepOrderDefaults(Object.fromEntries(FIELDS.map(({ name }) => [name, valueOf(textOf(name))])));
    setTyped({});
    toast("Order defaults kept on this device", "good");
  };
  return html`
    <section class="panel" aria-labelledby="settings-order">
      <h2 id="settings-order">Order defaults</h2>
      <p class="panel-note">What the ticket proposes on this device. Every order is still shown before it is sent.</p>
      <form class="form" onSubmit=${submit}>
        <div class="form-grid">
          ${FIELDS.map(
            ({ name, label, unit, hint }, index) => html`
              <${Field} key=${name} label=${label} name=${`order_${name}`} value=${textOf(name)} inputmode="decimal" class="figure" hint=${hint} error=${faults[index]}
                onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [name]: value })} after=${unit && html`<span class="unit">${unit}</span>`} />
            `,
          )}
        </div>
        <${FormFoot} isBusy=${false} canSave=${!hasFault && Object.keys(typed).length > 0} refusal=${null} lacks=${hasFault ? "Correct what is marked above." : undefined} />
      </form>
    </section>
  `;
}

/** @param {string} text */
const valueOf = (text) => (text.trim() === "" ? null : Number(text));

/** @param {string} text @param {{ name: Name, mayBeNone: boolean }} field */
function faultOf(text, { name, mayBeNone }) {
  const [least, most] = BOUNDS[name];
  if (text.trim() === "") return mayBeNone ? null : `From ${count(least)} to ${count(most)}`;
  const value = Number(text);
  const isWhole = name === "qty" || name === "days";
  return value >= least && value <= most && (!isWhole || Number.isInteger(value)) ? null : `From ${count(least)} to ${count(most)}`;
}
