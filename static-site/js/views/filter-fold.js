/** Filters, folded away behind a button where the page is narrow: what they filter comes first there. */
import { html, useId, useState } from "../lib/html.js";

/** @param {{ set: number, children?: any }} props `set`: how many filters are set */
export function FilterFold({ set, children }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return html`
    <div class="filter-fold" data-open=${isOpen ? "" : null}>
      <button type="button" class="button filter-fold-button" data-size="small" aria-expanded=${String(isOpen)} aria-controls=${id}
        onClick=${() => setOpen(!isOpen)}>
        ${isOpen ? "Hide filters" : set === 0 ? "Filters" : `Filters (${set})`}
      </button>
      <div class="filter-fold-body" id=${id}>${children}</div>
    </div>
  `;
}
