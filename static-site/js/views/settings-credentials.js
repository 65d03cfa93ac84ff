/** A broker's token, entered and never shown, its account number, and a test of the two. */
import * as api from "../api.js";
import { Field } from "../components/field.js";
import { html, useState } from "../lib/html.js";
import { sentence } from "../lib/problems.js";

/** @typedef {import("../shapes.js").Settings} Settings */
/** @typedef {"sandbox" | "live"} Environment */

/**
 * @param {object} props
 * @param {Environment} props.environment
 * @param {Settings} props.known
 * @param {string} props.token as typed
 * @param {(token: string) => void} props.onToken
 * @param {string} props.account
 * @param {(account: string) => void} props.onAccount
 * @param {() => void} props.onRemove
 * @param {boolean} props.isBusy
 * @param {Record<string, string>} props.byField
 */
export function Credentials({ environment, known, token, onToken, account, onAccount, onRemove, isBusy, byField }) {
  const tokenName = /** @type {const} */ (`tradier_${environment}_token`);
  const accountName = /** @type {const} */ (`tradier_${environment}_account_id`);
  const stored = known[tokenName];
  const remove = stored.set && html`<button type="button" class="button-link" disabled=${isBusy} onClick=${onRemove}>Remove</button>`;
  return html`
    <${Field} label=${`Tradier ${environment} token`} type="password" value=${token} onInput=${onToken} name=${tokenName}
      autocomplete="new-password" spellcheck=${false} placeholder=${stored.set ? `Stored, ends in ${stored.last4 ?? "…"}` : "Not stored"}
      error=${byField[tokenName] ?? null} hint="Tried at the broker, then stored encrypted. It is never shown again." after=${remove} />
    <${Field} label=${`${environment === "live" ? "Live" : "Sandbox"} account number`} value=${account} onInput=${onAccount} name=${accountName}
      spellcheck=${false} placeholder="The token's own" error=${byField[accountName] ?? null} />
  `;
}

/** What differs from the stored credentials. @param {Environment} environment @param {Settings} known @param {string} token @param {string | null} account */
export function changedCredentials(environment, known, token, account) {
  const accountName = /** @type {const} */ (`tradier_${environment}_account_id`);
  const isSame = account === null || account.trim() === (known[accountName] ?? "");
  return {
    ...(token.trim() === "" ? {} : { [`tradier_${environment}_token`]: token.trim() }),
    ...(isSame ? {} : { [accountName]: account.trim() || null }),
  };
}

/** @param {{ mode: string }} props */
export function TestConnection({ mode }) {
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState(/** @type {{ tone: string, text: string } | null} */ (null));
  const test = async () => {
    setBusy(true);
    setSaid(null);
    try {
      setSaid(resultOf(await api.testConnection({ mode }, api.newKey())));
    } catch (error) {
      setSaid({ tone: "bad", text: sentence(error) });
    } finally {
      setBusy(false);
    }
  };
  return html`
    <button type="button" class="button" disabled=${isBusy} onClick=${test}>${isBusy ? "Testing…" : "Test connection"}</button>
    ${said && html`<p class="notice" data-tone=${said.tone} role="status">${said.text}</p>`}
  `;
}

/** @param {import("../shapes.js").Connection} result */
function resultOf(result) {
  if (!result.ok) return { tone: "bad", text: result.reason ?? "The broker refused." };
  const facts = [
    result.account_id && `account ${result.account_id}`,
    result.account_type,
    result.status,
    result.options_level !== null && `options level ${result.options_level}`,
  ];
  return { tone: "good", text: `Connected: ${facts.filter(Boolean).join(", ")}.` };
}
