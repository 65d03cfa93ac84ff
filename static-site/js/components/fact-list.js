/** Names and values in two columns. */
import { html } from "../lib/html.js";

/** @param {{ facts: [string, any][] }} props */
export const FactList = ({ facts }) => html`
  <dl class="facts">
    ${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="figure">${value}</dd></div>`)}
  </dl>
`;
