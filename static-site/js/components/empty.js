/** What a view says when there is nothing to show, and what to do next. */
import { html } from "../lib/html.js";

/** @param {{ title: string, children?: any }} props */
export const Empty = ({ title, children }) => html`
  <div class="empty">
    <h2>${title}</h2>
    ${children}
  </div>
`;

/** While a view is read for the first time. @param {{ what: string }} props */
export const Loading = ({ what }) => html`
  <div class="empty" role="status"><span class="spinner" aria-hidden="true"></span><p>Reading ${what}…</p></div>
`;

/** A view could not be read at all. @param {{ what: string, error: string, onRetry: () => void }} props */
export const Failed = ({ what, error, onRetry }) => html`
  <div class="empty" role="alert">
    <h2>${what} could not be read</h2>
    <p>${error}</p>
    <button type="button" class="button" onClick=${onRetry}>Try again</button>
  </div>
`;
