/** Making a token, and showing its secret this once. */
import { CopyButton } from "../components/copy-button.js";
import { Field } from "../components/field.js";
import { html, useState } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { createToken, madeToken } from "../state/tokens.js";

const DAY_MS = 86_400_000;
/** @type {[string, string, number | null][]} value, text, days */
const LIVES = [
  ["90", "in 90 days", 90],
  ["365", "in a year", 365],
  ["never", "never", null],
];

export function NewToken() {
  const [name, setName] = useState("");
  const [scope, setScope] = useState("read");
  const [life, setLife] = useState("90");
  const [isBusy, setBusy] = useState(false);
  const [byField, setByField] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setByField({});
    setRefusal(null);
    try {
      await createToken({ name: name.trim(), scope, ...expiry(life) });
      setName("");
    } catch (error) {
      const fields = fieldErrors(error);
      setByField(fields);
      setRefusal(Object.keys(fields).length === 0 ? sentence(error) : null);
    } finally {
      setBusy(false);
    }
  };
  return html`
    <form class="token-form" onSubmit=${submit}>
      <${Field} label="Name of the new token" name="name" value=${name} onInput=${setName} placeholder="scanner on my server" error=${byField.name ?? null} />
      <label class="field">
        <span class="label">It may</span>
        <span class="field-box">
          <select name="scope" value=${scope} onChange=${(/** @type {any} */ event) => setScope(event.currentTarget.value)}>
            <option value="read">read</option><option value="trade">read and trade</option>
          </select>
        </span>
      </label>
      <label class="field">
        <span class="label">It expires</span>
        <span class="field-box">
          <select name="expires_at" value=${life} onChange=${(/** @type {any} */ event) => setLife(event.currentTarget.value)}>
            ${LIVES.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
          </select>
        </span>
        ${byField.expires_at && html`<span class="field-error">${byField.expires_at}</span>`}
      </label>
      <button type="submit" class="button" data-kind="primary" disabled=${isBusy || name.trim() === ""}>${isBusy ? "Making…" : "Make a token"}</button>
    </form>
    ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
    ${madeToken.value !== null && html`<${Made} made=${madeToken.value} />`}
  `;
}

/** @param {string} life */
function expiry(life) {
  const days = LIVES.find(([value]) => value === life)?.[2] ?? null;
  return days === null ? { expires_at: null } : { expires_at: new Date(Date.now() + days * DAY_MS).toISOString() };
}

/** @param {{ made: import("../shapes-tokens.js").NewPersonalToken }} props */
const Made = ({ made }) => html`
  <div class="notice token-made" data-tone="good" role="status">
    <p><strong>Copy “${made.name}” now: it is not shown again.</strong></p>
    <div class="token-secret"><code>${made.token}</code><${CopyButton} text=${made.token} what="the token" /></div>
    <button type="button" class="button-link" onClick=${() => (madeToken.value = null)}>Done</button>
  </div>
`;
