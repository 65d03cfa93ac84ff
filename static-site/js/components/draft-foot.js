/** The foot of a form over something that is kept: what was refused, save, leave, delete behind a question, on or off. */
import { html, useState } from "../lib/html.js";
import { ApiProblem, fieldErrors, sentence } from "../lib/problems.js";
import { Dialog } from "./dialog.js";

/**
 * @param {object} props
 * @param {string | null} props.refusal
 * @param {boolean} props.isBusy
 * @param {string} [props.kind] the look of Save
 * @param {boolean} props.isOn
 * @param {(isOn: boolean) => void} props.onSwitch
 * @param {() => void} props.onCancel
 * @param {{ name: string, words: string, onDelete: () => void } | null} props.kept what can be deleted; null: nothing is stored yet
 */
export function DraftFoot({ refusal, isBusy, kind = "primary", isOn, onSwitch, onCancel, kept }) {
  const [isAsked, setAsked] = useState(false);
  return html`
    ${refusal !== null && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
    <div class="form-actions">
      <button type="submit" class="button" data-kind=${kind} disabled=${isBusy}>${isBusy ? "Saving…" : "Save"}</button>
      <button type="button" class="button" onClick=${onCancel}>Cancel</button>
      ${kept !== null && html`<button type="button" class="button" data-kind="danger" onClick=${() => setAsked(true)}>Delete…</button>`}
      <label class="switch"><input type="checkbox" role="switch" checked=${isOn} onChange=${() => onSwitch(!isOn)} /><span>On as soon as it is saved</span></label>
    </div>
    ${isAsked && kept !== null && html`<${DeleteQuestion} kept=${kept} onClose=${() => setAsked(false)} />`}
  `;
}

/** @param {{ kept: { name: string, words: string, onDelete: () => void }, onClose: () => void }} props */
const DeleteQuestion = ({ kept: { name, words, onDelete }, onClose }) => html`
  <${Dialog} title=${`Delete ${name}?`} kind="narrow" onClose=${onClose}>
    <p>${words}</p>
    <div class="dialog-actions">
      <button type="button" class="button" onClick=${onClose} autofocus>Keep it</button>
      <button type="button" class="button" data-kind="danger-strong" onClick=${onDelete}>Delete</button>
    </div>
  <//>
`;

/** What the server refused, by field and as the foot says it. @param {unknown} error @returns {{ faults: Record<string, string>, refusal: string }} */
export function refusalOf(error) {
  const faults = fieldErrors(error);
  if (error instanceof ApiProblem && error.word === "stale-version") return { faults, refusal: "It was changed on another device. Close this and open it again." };
  const named = Object.entries(faults).map(([name, what]) => `${fieldWords(name)} ${what}`.trim());
  return { faults, refusal: named.length > 0 ? named.join(". ") : sentence(error) };
}

/** `entry_conditions.dte_min`: dte min @param {string} name */
export const fieldWords = (name) => (name.split(".").at(-1) ?? "").replaceAll("_", " ");
