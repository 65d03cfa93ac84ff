/** The second factor: set up with a secret and its first code, removed with password and code. */
import * as api from "../api.js";
import { CopyButton } from "../components/copy-button.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { QrCode } from "../components/qr-code.js";
import { html, useState } from "../lib/html.js";
import { toast } from "../state/toasts.js";
import { CODE_FIELD, SignInFoot, useSignInForm } from "./sign-in-form.js";

/** @param {{ onClose: () => void }} props */
export function SetUpFactor({ onClose }) {
  const [factor, setFactor] = useState(/** @type {import("../shapes-tokens.js").NewFactor | null} */ (null));
  return html`
    <${Dialog} title="Set up an authenticator app" onClose=${onClose} kind="narrow">
      ${factor === null ? html`<${Begin} onBegun=${setFactor} onClose=${onClose} />` : html`<${Confirm} factor=${factor} onClose=${onClose} />`}
    <//>
  `;
}

/** @param {{ onBegun: (factor: import("../shapes-tokens.js").NewFactor) => void, onClose: () => void }} props */
function Begin({ onBegun, onClose }) {
  const form = useSignInForm();
  const [password, setPassword] = useState("");
  const begin = form.submit(async () => onBegun(await api.beginSecondFactor({ password })), () => {});
  return html`
    <form class="form" onSubmit=${begin}>
      <p>Signing in, and switching live trading on, will then ask for the app's code as well.</p>
      <${Field} label="Your password" name="password" type="password" autocomplete="current-password" value=${password}
        onInput=${setPassword} error=${form.byField.password ?? null} autofocus />
      <${SignInFoot} form=${form} what="Go on" doing="Asking…" isReady=${password !== ""} onClose=${onClose} />
    </form>
  `;
}

/** @param {{ factor: import("../shapes-tokens.js").NewFactor, onClose: () => void }} props */
function Confirm({ factor, onClose }) {
  const form = useSignInForm();
  const [code, setCode] = useState("");
  const confirm = form.submit(
    () => api.confirmSecondFactor({ code: code.trim() }),
    () => {
      toast("The second factor is set up", "good");
      onClose();
    },
  );
  return html`
    <form class="form" onSubmit=${confirm}>
      <p>Scan this with the app. On the device that has it: <a href=${factor.otpauth}>open it there</a>.</p>
      <${QrCode} text=${factor.otpauth} label="The key as a QR code for an authenticator app" />
      <p>Or add an account by hand, with this key:</p>
      <div class="token-secret"><code>${inGroups(factor.secret)}</code><${CopyButton} text=${factor.secret} what="the key" /></div>
      <${Field} ...${CODE_FIELD} value=${code} onInput=${setCode} error=${form.byField.code ?? null} hint="Six digits, as it shows them now." autofocus />
      <${SignInFoot} form=${form} what="Confirm" doing="Confirming…" isReady=${code.trim().length === 6} onClose=${onClose} />
    </form>
  `;
}

/** A key as people read it: four characters at a time. @param {string} secret */
const inGroups = (secret) => secret.match(/.{1,4}/g)?.join(" ") ?? secret;

/** @param {{ onClose: () => void }} props */
export function RemoveFactor({ onClose }) {
  const form = useSignInForm();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const remove = form.submit(
    () => api.removeSecondFactor({ password, code: code.trim() }),
    () => {
      toast("The second factor is removed");
      onClose();
    },
  );
  return html`
    <${Dialog} title="Remove the authenticator app" onClose=${onClose} kind="narrow">
      <form class="form" onSubmit=${remove}>
        <p>Signing in will ask for the password alone, and live trading cannot be switched on.</p>
        <${Field} label="Your password" name="password" type="password" autocomplete="current-password" value=${password}
          onInput=${setPassword} error=${form.byField.password ?? null} autofocus />
        <${Field} ...${CODE_FIELD} value=${code} onInput=${setCode} error=${form.byField.code ?? null} />
        <${SignInFoot} form=${form} what="Remove it" doing="Removing…" isReady=${password !== "" && code.trim().length === 6} onClose=${onClose} />
      </form>
    <//>
  `;
}
