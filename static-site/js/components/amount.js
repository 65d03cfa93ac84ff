/** A profit or loss: sign and arrow say which, colour only underlines it. */
import { change, direction, profit } from "../lib/format.js";
import { html } from "../lib/html.js";

const ARROWS = { gain: "▲", loss: "▼", flat: "", none: "" };

/** @param {{ value: number | null, percent?: boolean }} props */
export function Amount({ value, percent = false }) {
  const way = direction(value);
  return html`<span class="amount" data-way=${way}
    >${ARROWS[way] && html`<span class="amount-arrow" aria-hidden="true">${ARROWS[way]}</span>`}${percent ? change(value) : profit(value)}</span
  >`;
}
