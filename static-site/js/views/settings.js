/** Settings: the broker, live trading, limits, notifications, this page, personal tokens. */
import { Failed, Loading } from "../components/empty.js";
import { html, useEffect } from "../lib/html.js";
import { readSettings, settings, settingsError } from "../state/settings.js";
import { SettingsAlerts } from "./settings-alerts.js";
import { SettingsBroker } from "./settings-broker.js";
import { SettingsConnections } from "./settings-connections.js";
import { SettingsDevice } from "./settings-device.js";
import { SettingsLimits } from "./settings-limits.js";
import { SettingsLive } from "./settings-live.js";
import { SettingsOrder } from "./settings-order.js";
import { SettingsSignIn } from "./settings-sign-in.js";
import { SettingsSystems } from "./settings-systems.js";
import { Tokens } from "./tokens.js";

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
      <div class="settings-column">
        <${SettingsSignIn} />
        <${SettingsBroker} known=${known} />
        <${SettingsLive} known=${known} />
        <${SettingsConnections} />
      </div>
      <div class="settings-column">
        <${SettingsLimits} known=${known} />
        <${SettingsOrder} />
        <${SettingsAlerts} known=${known} />
        <${SettingsSystems} />
        <${SettingsDevice} known=${known} />
      </div>
      <${Tokens} />
    </div>
  `;
}
