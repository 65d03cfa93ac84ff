/** A figure that is not defined: a dash, and the reason for whoever points at it or reaches it by key. */
import { UNKNOWN } from "../lib/format.js";
import { html } from "../lib/html.js";

/** @param {{ reason: string }} props */
export const Why = ({ reason }) => html`
  <button type="button" class="why" aria-label=${`Not defined. ${reason}`}>
    <span aria-hidden="true">${UNKNOWN}</span><span class="why-text" aria-hidden="true">${reason}</span>
  </button>
`;
