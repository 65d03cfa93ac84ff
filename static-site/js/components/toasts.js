/** The region where short messages appear, read out politely. */
import { html } from "../lib/html.js";
import { dismiss, toasts } from "../state/toasts.js";
import { Icon } from "./icon.js";

export const Toasts = () => html`
  <div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      ({ id, text, tone, way }) => html`
        <div class="toast" data-tone=${tone} key=${id}>
          <p>${text}${way && html` <a href=${way.href} onClick=${() => dismiss(id)}>${way.text}</a>`}</p>
          <button type="button" class="button-plain" aria-label="Dismiss" onClick=${() => dismiss(id)}>
            <${Icon} name="cross" />
          </button>
        </div>
      `,
    )}
  </div>
`;
