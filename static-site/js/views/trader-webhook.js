/** Signals from outside: where they are sent, and the secret that they name or are signed with, shown once. */
import { renewSecret } from "../api-trading.js";
import { CopyButton } from "../components/copy-button.js";
import { Dialog } from "../components/dialog.js";
import { html, useState } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { isOnline } from "../state/tick.js";

/** @param {{ one: import("../state/trading.js").Trader, onClose: () => void }} props */
export function TraderWebhook({ one, onClose }) {
  const [secret, setSecret] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const place = new URL(`api/hooks/${one.id}`, location.href).href;
  const renew = async () => {
    setBusy(true);
    setError(null);
    try {
      setSecret((await renewSecret(one.id)).secret);
    } catch (problem) {
      setError(sentence(problem));
    } finally {
      setBusy(false);
    }
  };
  return html`
    <${Dialog} title=${`Webhook of ${one.name}`} kind="narrow" onClose=${onClose}>
      <p>A message to this address is a signal for ${one.name}, beside its own filter. Its rules judge it as any other.</p>
      <p class="code-line"><code>${place}</code> <${CopyButton} text=${place} what="the address" /></p>
      ${error !== null && html`<p class="notice" data-tone="bad" role="alert">${error}</p>`}
      ${
        secret === null
          ? html`<p>It is signed with the trader's secret, or names it. Making a new one ends the one before at once.</p>`
          : html`<p class="notice" data-tone="good" role="status">Shown this once: keep it now.</p><p class="code-line"><code>${secret}</code> <${CopyButton} text=${secret} what="the secret" /></p>`
      }
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose} autofocus>Done</button>
        ${secret === null && html`<button type="button" class="button" data-kind="primary" disabled=${isBusy || !isOnline.value} onClick=${() => void renew()}>${isBusy ? "Making…" : "Make a new secret"}</button>`}
      </div>
    <//>
  `;
}
