/** A new password: other sessions end with the old one. */
import * as api from "../api.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { html, useState } from "../lib/html.js";
import { toast } from "../state/toasts.js";
import { CODE_FIELD, SignInFoot, useSignInForm } from "./sign-in-form.js";

/** @param {{ onClose: () => void }} props */
export function ChangePassword({ onClose }) {
  const form = useSignInForm();
  const [password, setPassword] = useState("");
  const [wanted, setWanted] = useState("");
  const [code, setCode] = useState("");
  const typed = code.trim();
  const change = form.submit(
    () => api.changePassword({ password, new_password: wanted, ...(typed === "" ? {} : { code: typed }) }),
    () => {
      toast("Your password is changed; other sessions have ended", "good");
      onClose();
    },
  );
  return html`
    <${Dialog} title="Change your password" onClose=${onClose} kind="narrow">
      <form class="form" onSubmit=${change}>
        <${Field} label="Present password" name="password" type="password" autocomplete="current-password" value=${password}
          onInput=${setPassword} error=${form.byField.password ?? null} autofocus />
        <${Field} label="New password" name="new_password" type="password" autocomplete="new-password" value=${wanted}
          onInput=${setWanted} error=${form.byField.new_password ?? null} hint="12 characters or more, with small and capital letters and a digit." />
        <${Field} ...${CODE_FIELD} value=${code} onInput=${setCode} error=${form.byField.code ?? null} hint="Empty when no app is set up." />
        <${SignInFoot} form=${form} what="Change it" doing="Changing…" isReady=${password !== "" && wanted !== ""} onClose=${onClose} />
      </form>
    <//>
  `;
}
