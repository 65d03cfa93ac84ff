/** The limits over all strategies. They stop entries, never exits. */
import { Failed, Loading } from "../components/empty.js";
import { html, useEffect } from "../lib/html.js";
import { deskLimits, deskLimitsError, readDeskLimits, saveDeskLimits } from "../state/desk-limits.js";
import { LimitsForm } from "./limits-form.js";
import { useSettingsCall } from "./settings-form.js";

/** @typedef {import("../shapes-desk-more.js").DeskSettings} DeskSettings */

/** @type {import("./limits-form.js").Limit[]} */
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
  const { run, ...call } = useSettingsCall();
  const save = async (/** @type {Record<string, number | null>} */ changes) => {
    const isTaken = await run(() => saveDeskLimits(changes), "Limits saved");
    if (!isTaken) void readDeskLimits();
    return isTaken;
  };
  return html`
    <section class="panel" aria-labelledby="desk-limits">
      <h2 id="desk-limits">Limits of the desk</h2>
      <p class="panel-note">They stop entries, never exits; the account's own limits hold as well. Empty a field to go back to its default.</p>
      <${LimitsForm} limits=${LIMITS} known=${known} placeholder="None" call=${call} save=${save} />
    </section>
  `;
}
