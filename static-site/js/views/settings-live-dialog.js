/** Switching live on: the account number is typed, and a fresh code of the second factor. */
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { html, useState } from "../lib/html.js";
import { ApiProblem, fieldErrors, sentence } from "../lib/problems.js";
import { readMe } from "../state/poller.js";
import { toast } from "../state/toasts.js";
import { CODE_FIELD } from "./sign-in-form.js";

/**
 * @param {object} props
 * @param {string} props.account
 * @param {any} [props.said] what follows from it, where that is not that new orders go there
 * @param {(proof: { confirm: string, code?: string }) => Promise<void>} props.onSwitch raises what the API raises
 * @param {() => void} props.onClose
 */
export function LiveDialog({ account, said = null, onSwitch, onClose }) {
  const [typed, setTyped] = useState("");
  const [code, setCode] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState(/** @type {string | null} */ (null));
  const [codeFault, setCodeFault] = useState(/** @type {string | null} */ (null));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const [lacksFactor, setLacksFactor] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    setCodeFault(null);
    setRefusal(null);
    try {
      await onSwitch({ confirm: typed.trim(), ...(code.trim() === "" ? {} : { code: code.trim() }) });
      toast(`Live trading is on, account ${account}: orders there use real money`);
      void readMe();
      onClose();
    } catch (error) {
      const { confirm, code: wrong, account_id: named } = fieldErrors(error);
      const isForbidden = error instanceof ApiProblem && error.status === 403;
      setLacksFactor(isForbidden);
      setFault(confirm ?? null);
      setCodeFault(wrong ?? null);
      setRefusal(confirm !== undefined || wrong !== undefined || isForbidden ? null : (named ?? sentence(error)));
      setBusy(false);
    }
  };
  return html`
    <${Dialog} title="Trade with real money?" onClose=${onClose} kind="narrow">
      <p>${said ?? html`New orders will go to your live account <strong class="figure">${account}</strong>. Trades that are open now stay where they are.`}</p>
      <form class="form" onSubmit=${submit}>
        <${Field} label="Type the account number to confirm" name="confirm" value=${typed} onInput=${setTyped} spellcheck=${false}
          autocapitalize="characters" error=${fault} autofocus />
        <${Field} ...${CODE_FIELD} value=${code} onInput=${setCode} error=${codeFault} hint="Each code switches live on once." />
        ${lacksFactor && html`<${NeedsFactor} />`}
        ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${onClose}>Stay on paper</button>
          <button type="submit" class="button" data-kind="live" disabled=${isBusy || typed.trim() === ""}>
            ${isBusy ? "Switching…" : "Switch live on"}
          </button>
        </div>
      </form>
    <//>
  `;
}

const NeedsFactor = () => html`
  <div class="notice" data-tone="warn" role="alert">
    <p><strong>A second factor is missing.</strong> Live trading needs an authenticator app on your sign-in, so that a stolen password alone cannot trade your money.</p>
    <p>Set one up under Sign-in on this page, then switch live on with its code.</p>
  </div>
`;
