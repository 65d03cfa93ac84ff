/** What stands below was read before; reading it anew did not work. */
import { html } from "../lib/html.js";

/** @param {{ error: string, onRetry: () => void }} props */
export const StaleNotice = ({ error, onRetry }) => html`
  <p class="notice" data-tone="warn" role="alert">
    Below is what was read before. ${error}${" "}<button type="button" class="button-link" onClick=${onRetry}>Try again</button>
  </p>
`;
