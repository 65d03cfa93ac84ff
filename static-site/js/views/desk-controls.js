/** What stops the desk, how old its data are, what recovery would do, how long logins last, and the limits over all strategies. */
import { html } from "../lib/html.js";
import { DeskAges } from "./desk-ages.js";
import { DeskBrokers } from "./desk-brokers.js";
import { DeskLimits } from "./desk-limits.js";
import { DeskRecovery } from "./desk-recovery.js";
import { DeskSwitch } from "./desk-switch.js";

export const DeskControls = () => html`
  <div class="settings">
    <div class="settings-column"><${DeskSwitch} /><${DeskAges} /><${DeskBrokers} /></div>
    <div class="settings-column"><${DeskLimits} /><${DeskRecovery} /></div>
  </div>
`;
