/** A dialog's form over one call about the sign-in: it is busy, refused at its fields or as a whole, or done. */
import { html, useState } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";

/** @typedef {ReturnType<typeof useSignInForm>} SignInForm */

export function useSignInForm() {
  const [isBusy, setBusy] = useState(false);
  const [byField, setByField] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  /** @param {() => Promise<unknown>} call @param {() => void} done */
  const submit = (call, done) => async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setByField({});
    setRefusal(null);
    try {
      await call();
      done();
    } catch (error) {
      const fields = fieldErrors(error);
      setByField(fields);
      setRefusal(Object.keys(fields).length === 0 ? sentence(error) : null);
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, byField, refusal, submit };
}

/** @param {{ form: SignInForm, doing: string, what: string, isReady: boolean, onClose: () => void }} props */
export const SignInFoot = ({ form, doing, what, isReady, onClose }) => html`
  ${form.refusal && html`<p class="notice" data-tone="bad" role="alert">${form.refusal}</p>`}
  <div class="dialog-actions">
    <button type="button" class="button" onClick=${onClose}>Cancel</button>
    <button type="submit" class="button" data-kind="primary" disabled=${form.isBusy || !isReady}>${form.isBusy ? doing : what}</button>
  </div>
`;

/** The attributes of a field for an app's code. */
export const CODE_FIELD = { label: "Code of the app", name: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6 };
