/** Personal access tokens: for a scanner that places trades, or for the knowledge server. */
import { Chip } from "../components/chip.js";
import { Dialog } from "../components/dialog.js";
import { date, UNKNOWN } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { deleteToken, hasMoreTokens, readMoreTokens, readTokens, tokens, tokensError } from "../state/tokens.js";
import { ConnectKnowledge } from "./tokens-connect.js";
import { NewToken } from "./tokens-new.js";

/** @typedef {import("../shapes-tokens.js").PersonalToken} PersonalToken */

export const SCOPES = /** @type {Record<string, string>} */ ({ read: "Read", trade: "Read and trade" });

export function Tokens() {
  useEffect(() => void readTokens(), []);
  const [asked, setAsked] = useState(/** @type {PersonalToken | null} */ (null));
  return html`
    <section class="panel tokens-panel" aria-labelledby="settings-tokens">
      <h2 id="settings-tokens">Personal access tokens</h2>
      <p class="panel-note">They let a program act for you: with <em>Read</em> it sees your trades, with <em>Read and trade</em> it also places and closes them. No token reaches these settings.</p>
      <${NewToken} />
      <${TokenTable} onDelete=${setAsked} />
      <${ConnectKnowledge} />
      ${asked !== null && html`<${DeleteDialog} token=${asked} onClose=${() => setAsked(null)} />`}
    </section>
  `;
}

/** @param {{ onDelete: (token: PersonalToken) => void }} props */
function TokenTable({ onDelete }) {
  const known = tokens.value;
  if (known === null) {
    return tokensError.value === null
      ? html`<p class="panel-note" role="status">Reading tokens…</p>`
      : html`<p class="notice" data-tone="warn" role="alert">${tokensError.value}${" "}
          <button type="button" class="button-link" onClick=${readTokens}>Try again</button></p>`;
  }
  if (known.length === 0) return html`<p class="panel-note">No token yet.</p>`;
  return html`
    <div class="token-frame">
      <table class="token-table" role="table">
        <caption class="visually-hidden">Personal access tokens</caption>
        <thead role="rowgroup">
          <tr role="row"><th role="columnheader" scope="col">Name</th><th role="columnheader" scope="col">May</th><th role="columnheader" scope="col">Ends in</th><th role="columnheader" scope="col">Made</th>
            <th role="columnheader" scope="col">Expires</th><th role="columnheader" scope="col">Last used</th><td role="cell"></td></tr>
        </thead>
        <tbody role="rowgroup">
          ${known.map((token) => html`<${TokenRow} key=${token.id} token=${token} onDelete=${onDelete} />`)}
        </tbody>
      </table>
    </div>
    ${hasMoreTokens.value && html`<button type="button" class="button-link" onClick=${readMoreTokens}>Show older tokens</button>`}
  `;
}

/** @param {{ token: PersonalToken, onDelete: (token: PersonalToken) => void }} props */
const TokenRow = ({ token, onDelete }) => html`
  <tr role="row">
    <th role="rowheader" scope="row">${token.name}</th>
    <td role="cell" data-label="May"><${Chip} tone=${token.scope === "trade" ? "warn" : "plain"}>${SCOPES[token.scope] ?? token.scope}<//></td>
    <td role="cell" data-label="Ends in" class="figure">…${token.last4}</td>
    <td role="cell" data-label="Made" class="figure">${date(token.created_at)}</td>
    <td role="cell" data-label="Expires" class="figure">${token.expires_at === null ? "never" : expiryText(token.expires_at)}</td>
    <td role="cell" data-label="Last used" class="figure">${token.last_used_at === null ? UNKNOWN : date(token.last_used_at)}</td>
    <td role="cell" class="token-actions">
      <button type="button" class="button" data-size="small" data-kind="danger" aria-label=${`Revoke ${token.name}`} onClick=${() => onDelete(token)}>Revoke</button>
    </td>
  </tr>
`;

/** Expiry is judged by this device's clock, as the server judges it by its own, not by the market's. @param {string} at */
const expiryText = (at) => (Date.parse(at) <= Date.now() ? html`<${Chip} tone="bad">expired<//>` : date(at));

/** @param {{ token: PersonalToken, onClose: () => void }} props */
function DeleteDialog({ token, onClose }) {
  const confirm = () => {
    onClose();
    void deleteToken(token);
  };
  return html`
    <${Dialog} title=${`Revoke “${token.name}”?`} onClose=${onClose} kind="narrow">
      <p>Whatever uses the token that ends in <span class="figure">…${token.last4}</span> is refused from now on. This cannot be undone; you can make a new one.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose} autofocus>Keep it</button>
        <button type="button" class="button" data-kind="danger-strong" onClick=${confirm}>Revoke it</button>
      </div>
    <//>
  `;
}
