/** A profit or loss: its sign says which, colour only underlines it; an arrow where colour alone would carry it. */
import { briefMoney, change, direction, isLong, profit } from "../lib/format.js";
import { html } from "../lib/html.js";

const ARROWS = { gain: "▲", loss: "▼", flat: "", none: "" };

/** @param {{ value: number | null, percent?: boolean, arrow?: boolean, brief?: boolean }} props `brief`: millions from ten on, the whole in the title */
export function Amount({ value, percent = false, arrow = false, brief = false }) {
  const way = direction(value, percent ? 1 : 2);
  const text = percent ? change(value) : brief ? briefMoney(value, { signed: true }) : profit(value);
  return html`<span class="amount" data-way=${way} title=${brief && isLong(value) ? profit(value) : null}
    >${arrow && ARROWS[way] && html`<span class="amount-arrow" aria-hidden="true">${ARROWS[way]}</span>`}${text}</span
  >`;
}
