/** A small label. `tone`: plain, accent, warn, bad, live. */
import { html } from "../lib/html.js";

/** @param {{ tone?: string, title?: string, children?: any }} props */
export const Chip = ({ tone = "plain", title, children }) => html`
  <span class="chip" data-tone=${tone} title=${title}>${children}</span>
`;
