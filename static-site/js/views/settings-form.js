/**
 * One section of the settings: what was typed over what is stored, saving only what differs. What is typed stays
 * when the stored values change under it (another section, another device).
 */
import { html, useState } from "../lib/html.js";
import { ApiProblem, fieldErrors, sentence } from "../lib/problems.js";
import { readAccount } from "../state/account.js";
import { readMe } from "../state/poller.js";
import { saveSettings } from "../state/settings.js";
import { toast } from "../state/toasts.js";

export const CHANGED_ELSEWHERE = "The settings were changed on another device";

/** @returns {{ isBusy: boolean, byField: Record<string, string>, refusal: string | null, run: (act: () => Promise<void>, done: string | null) => Promise<boolean> }} */
export function useSettingsCall() {
  const [isBusy, setBusy] = useState(false);
  const [byField, setByField] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));

  const run = async (/** @type {() => Promise<void>} */ act, /** @type {string | null} */ done) => {
    setBusy(true);
    setByField({});
    setRefusal(null);
    try {
      await act();
      if (done !== null) toast(done, "good");
      void readMe();
      void readAccount({ atOnce: true });
      return true;
    } catch (error) {
      if (error instanceof ApiProblem && error.word === "stale-version") {
        toast(CHANGED_ELSEWHERE);
      } else {
        const fields = fieldErrors(error);
        setByField(fields);
        setRefusal(Object.keys(fields).length === 0 ? refusalText(error) : null);
      }
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, byField, refusal, run };
}

/** @param {unknown} error */
const refusalText = (error) =>
  error instanceof ApiProblem && error.word === "broker-refused" ? `The broker refused: ${sentence(error)}. Nothing was stored.` : sentence(error);

/** As above, for a form whose changes are settings by their names. */
export function useSettingsForm() {
  const { run, ...state } = useSettingsCall();
  /** @param {Record<string, unknown>} changes */
  const save = (changes) => run(() => saveSettings(changes), "Settings saved");
  return { ...state, run, save };
}

/** Save can always be pressed, and says what it lacks. @param {{ isBusy: boolean, canSave: boolean, refusal: string | null, lacks?: string, children?: any }} props */
export function FormFoot({ isBusy, canSave, refusal, lacks = "Nothing has changed.", children }) {
  const [isPressed, setPressed] = useState(false);
  const press = (/** @type {Event} */ event) => {
    setPressed(!canSave);
    if (!canSave) event.preventDefault();
  };
  return html`
    ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
    ${isPressed && !canSave && html`<p class="notice" role="status">${lacks}</p>`}
    <div class="form-actions">
      <button type="submit" class="button" data-kind="primary" disabled=${isBusy} onClick=${press}>${isBusy ? "Saving…" : "Save"}</button>
      ${children}
    </div>
  `;
}
