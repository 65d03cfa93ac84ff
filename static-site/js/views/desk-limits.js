/** The limits over all strategies. They stop entries, never exits. */
import { Field } from "../components/field.js";
import { Failed, Loading } from "../components/empty.js";
import { count } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { deskLimits, deskLimitsError, readDeskLimits, saveDeskLimits } from "../state/desk-limits.js";
import { FormFoot, useSettingsCall } from "./settings-form.js";

/** @typedef {import("../shapes-desk-more.js").DeskSettings} DeskSettings */
/** @typedef {Exclude<keyof DeskSettings, "version">} Name */

/** Bounds as the server has them; `above`: the least itself is too little. @type {{ name: Name, label: string, unit: string, hint: string, least: number, most: number, isWhole?: boolean }[]} */
const LIMITS = [
  { name: "max_positions", label: "Open positions of the desk", unit: "", hint: "Over all strategies.", least: 1, most: 1_000, isWhole: true },
  { name: "max_condors_per_expiry", label: "Condors an expiry", unit: "", hint: "So that one day does not decide.", least: 1, most: 1_000, isWhole: true },
  { name: "max_daily_loss", label: "Daily loss", unit: "$", hint: "Once reached nothing is entered until the next trading day.", least: 0.01, most: 1_000_000_000 },
  { name: "max_bid_ask_spread_percent", label: "Spread of a leg", unit: "%", hint: "Of its mid, where a strategy sets none.", least: 0.01, most: 100 },
  { name: "fill_price_buffer_pct", label: "Fill-price buffer", unit: "%", hint: "How far past its worst price an exit may go.", least: 0, most: 100 },
  { name: "zero_dte_close_buffer_minutes", label: "Last day's buffer", unit: "min", hint: "Before the close of the expiry everything is left.", least: 0, most: 390, isWhole: true },
  { name: "portfolio_max_abs_delta_shares", label: "Cap of delta", unit: "shares", hint: "Of the whole book. Empty: none.", least: 0.01, most: 1_000_000_000 },
  { name: "portfolio_max_abs_gamma", label: "Cap of gamma", unit: "shares / $", hint: "Of the whole book. Empty: none.", least: 0.01, most: 1_000_000_000 },
  { name: "portfolio_max_abs_vega", label: "Cap of vega", unit: "$ / point", hint: "Of the whole book. Empty: none.", least: 0.01, most: 1_000_000_000 },
];

export function DeskLimits() {
  useEffect(() => void readDeskLimits(), []);
  const known = deskLimits.value;
  if (known === null) {
    return deskLimitsError.value === null ? html`<${Loading} what="the limits" />` : html`<${Failed} what="The limits" error=${deskLimitsError.value} onRetry=${readDeskLimits} />`;
  }
  return html`<${Form} known=${known} />`;
}

/** @param {{ known: DeskSettings }} props */
function Form({ known }) {
  const { isBusy, byField, refusal, run } = useSettingsCall();
  const [typed, setTyped] = useState(/** @type {Partial<Record<Name, string>>} */ ({}));
  const textOf = (/** @type {Name} */ name) => typed[name] ?? String(known[name] ?? "");
  const changed = LIMITS.filter(({ name }) => valueOf(textOf(name)) !== known[name]);
  const hasFault = LIMITS.some((limit) => faultOf(textOf(limit.name), limit) !== null);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (hasFault || changed.length === 0) return;
    const changes = Object.fromEntries(changed.map(({ name }) => [name, valueOf(textOf(name))]));
    if (await run(() => saveDeskLimits(changes), "Limits saved")) setTyped({});
    else void readDeskLimits();
  };
  return html`
    <section class="panel" aria-labelledby="desk-limits">
      <h2 id="desk-limits">Limits of the desk</h2>
      <p class="panel-note">They stop entries, never exits; the account's own limits hold as well. Empty a field to go back to its default.</p>
      <form class="form" onSubmit=${submit}>
        <div class="form-grid">
          ${LIMITS.map(
            ({ name, label, unit, hint, ...bounds }) => html`
              <${Field} key=${name} label=${label} name=${name} value=${textOf(name)} inputmode="decimal" class="figure" hint=${hint} placeholder="None"
                onInput=${(/** @type {string} */ value) => setTyped({ ...typed, [name]: value })} error=${faultOf(textOf(name), bounds) ?? byField[name] ?? null}
                after=${unit && html`<span class="unit">${unit}</span>`} />
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
  if (text.trim() === "") return null;
  const value = Number(text);
  const fits = Number.isFinite(value) && value >= least && value <= most && (!isWhole || Number.isInteger(value));
  return fits ? null : `${isWhole ? "A whole number" : "A number"} from ${count(least)} to ${count(most)}`;
}
