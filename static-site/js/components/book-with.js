/** The book before and after what is looked at, each figure against its cap: the gate that every entry passes (B-09). */
import { heldGreek, money, percent } from "../lib/format.js";
import { html } from "../lib/html.js";

/** @typedef {import("../shapes.js").BookWith} Book */

/** @type {[keyof Book, string, string, (value: number | null) => string][]} */
const FIGURES = [
  ["delta", "Delta", "shares", heldGreek],
  ["gamma", "Gamma", "shares a dollar", heldGreek],
  ["vega", "Vega", "a point of volatility", money],
];
const NEAR = 0.8;
const FULL = 1;

/** @param {{ book: Book }} props */
export const BookWith = ({ book }) => html`
  <table class="mini-table book-with" role="table">
    <caption>Book with it</caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col"><span class="visually-hidden">Figure</span></th>
        ${["Before", "After", "Of its cap"].map((text) => html`<th key=${text} role="columnheader" scope="col" class="group-figure">${text}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${FIGURES.map(([key, name, unit, look]) => html`<${Row} key=${key} name=${name} unit=${unit} look=${look} figure=${book[key]} />`)}
    </tbody>
  </table>
`;

/** @param {{ name: string, unit: string, look: (value: number | null) => string, figure: Book["delta"] }} props */
function Row({ name, unit, look, figure: { before, after, cap } }) {
  const share = after === null || cap === null ? null : Math.abs(after) / cap;
  const tone = share === null || share <= NEAR ? null : share > FULL ? "bad" : "warn";
  return html`
    <tr role="row">
      <th role="rowheader" scope="row" title=${unit}>${name}</th>
      <td role="cell" class="group-figure figure">${look(before)}</td>
      <td role="cell" class="group-figure figure"><strong>${look(after)}</strong></td>
      <td role="cell" class="group-figure figure" data-tone=${tone}>${capText(share, cap, look)}</td>
    </tr>
  `;
}

/** @param {number | null} share @param {number | null} cap @param {(value: number | null) => string} look */
function capText(share, cap, look) {
  if (cap === null) return "no cap";
  return share === null ? `not known, of ${look(cap)}` : `${percent(share * 100)} of ${look(cap)}`;
}
