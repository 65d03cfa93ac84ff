/** Settings: where orders go, the broker's credentials, the limits. */
import { html, useEffect } from "../lib/html.js";
import { readSettings, settings, settingsError } from "../state/settings.js";
import { Failed, Loading } from "../components/empty.js";
import { SettingsBroker } from "./settings-broker.js";
import { SettingsLimits } from "./settings-limits.js";

export function SettingsView() {
  useEffect(() => void readSettings(), []);
  const known = settings.value;
  if (known === null) {
    return settingsError.value === null
      ? html`<${Loading} what="settings" />`
      : html`<${Failed} what="Settings" error=${settingsError.value} onRetry=${readSettings} />`;
  }
  return html`
    <div class="view-head"><h1>Settings</h1></div>
    <div class="settings">
      <${SettingsBroker} key=${`broker-${known.version}`} known=${known} />
      <${SettingsLimits} key=${`limits-${known.version}`} known=${known} />
    </div>
  `;
}
