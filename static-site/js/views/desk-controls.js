/** What stops the desk, how old its data are, and the limits over all strategies. */
import { html } from "../lib/html.js";
import { DeskAges } from "./desk-ages.js";
import { DeskLimits } from "./desk-limits.js";
import { DeskSwitch } from "./desk-switch.js";

export const DeskControls = () => html`
  <div class="settings">
    <div class="settings-column"><${DeskSwitch} /><${DeskAges} /></div>
    <div class="settings-column"><${DeskLimits} /></div>
  </div>
`;
