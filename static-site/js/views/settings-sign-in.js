/** The owner's own sign-in: second factor and password, each changed in a dialog of its own. */
import { html, useState } from "../lib/html.js";
import { RemoveFactor, SetUpFactor } from "./sign-in-factor.js";
import { ChangePassword } from "./sign-in-password.js";

/** @type {{ what: string, dialog: any }[]} */
const CHANGES = [
  { what: "Set up an authenticator app…", dialog: SetUpFactor },
  { what: "Remove the app…", dialog: RemoveFactor },
  { what: "Change the password…", dialog: ChangePassword },
];

export function SettingsSignIn() {
  const [open, setOpen] = useState(/** @type {number | null} */ (null));
  const Asked = open === null ? null : CHANGES[open]?.dialog;
  return html`
    <section class="panel" aria-labelledby="settings-sign-in">
      <h2 id="settings-sign-in">Sign-in</h2>
      <p class="panel-note">An authenticator app is a second factor: a stolen password alone opens nothing. Live trading needs it. Every change is told as an alert.</p>
      <div class="sign-in-changes">
        ${CHANGES.map(({ what }, index) => html`<button key=${what} type="button" class="button" onClick=${() => setOpen(index)}>${what}</button>`)}
      </div>
      ${Asked !== null && html`<${Asked} onClose=${() => setOpen(null)} />`}
    </section>
  `;
}
