/** Saving a part of the settings: busy, field errors and the sentence for the rest. */
import { useState } from "../lib/html.js";
import { ApiProblem, fieldErrors, sentence } from "../lib/problems.js";
import { readAccount } from "../state/account.js";
import { saveSettings } from "../state/settings.js";
import { readMe } from "../state/poller.js";
import { toast } from "../state/toasts.js";

/** @returns {{ isBusy: boolean, byField: Record<string, string>, refusal: string | null, save: (changes: Record<string, unknown>) => Promise<void> }} */
export function useSettingsForm() {
  const [isBusy, setBusy] = useState(false);
  const [byField, setByField] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));

  const save = async (/** @type {Record<string, unknown>} */ changes) => {
    setBusy(true);
    setByField({});
    setRefusal(null);
    try {
      await saveSettings(changes);
      toast("Settings saved", "good");
      void readMe();
      void readAccount({ atOnce: true });
    } catch (error) {
      if (error instanceof ApiProblem && error.word === "stale-version") {
        toast("The settings were changed on another device");
      } else {
        const fields = fieldErrors(error);
        setByField(fields);
        setRefusal(Object.keys(fields).length === 0 ? sentence(error) : null);
      }
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, byField, refusal, save };
}
