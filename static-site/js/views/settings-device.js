/** How the page behaves: for the account, and for this device alone, with what its ticket proposes. */
import { Segmented } from "../components/segmented.js";
import { html } from "../lib/html.js";
import { isMuted, setMuted } from "../state/device.js";
import { chooseTimes, deviceZone, isOwnZone } from "../state/frame.js";
import { autoRefresh, toggleAutoRefresh } from "../state/settings.js";
import { useSettingsForm } from "./settings-form.js";

/** @param {{ known: import("../shapes.js").Settings }} props */
export function SettingsDevice({ known }) {
  const { isBusy, refusal, save } = useSettingsForm();
  return html`
    <section class="panel" aria-labelledby="settings-device">
      <h2 id="settings-device">This page</h2>
      <div class="form">
        <${Switch} label="Auto-refresh" hint="Every 15 seconds while the market is open and the page is in sight."
          isOn=${autoRefresh.value} onChange=${() => void toggleAutoRefresh()} isBusy=${isBusy} />
        <${Switch} label="Sounds for closes, targets and stops" hint="On all your devices."
          isOn=${known.sounds ?? true} onChange=${() => void save({ sounds: !(known.sounds ?? true) })} isBusy=${isBusy} />
        <${Switch} label="Mute this device" hint="Remembered here only; other devices go on sounding."
          isOn=${isMuted.value} onChange=${() => setMuted(!isMuted.value)} isBusy=${false} />
        ${
          deviceZone !== null &&
          html`<${Segmented} label="Times on this device" value=${isOwnZone.value ? "device" : "market"} onChoose=${chooseTimes}
            options=${[["market", "The market's, New York"], ["device", `Yours, ${deviceZone.replaceAll("_", " ")}`]]} />`
        }
        ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
      </div>
    </section>
  `;
}

/** @param {{ label: string, hint: string, isOn: boolean, onChange: () => void, isBusy: boolean }} props */
const Switch = ({ label, hint, isOn, onChange, isBusy }) => html`
  <label class="switch switch-row">
    <input type="checkbox" role="switch" checked=${isOn} disabled=${isBusy} onChange=${onChange} />
    <span>${label}<span class="field-hint check-hint">${hint}</span></span>
  </label>
`;
