/** Names and values: side by side in columns, or `single`, where the values are long. */
import { html } from "../lib/html.js";

/** @param {{ facts: [string, any][], single?: boolean }} props */
export const FactList = ({ facts, single = false }) => html`
  <dl class="facts" data-single=${single ? "" : null}>
    ${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="figure">${value}</dd></div>`)}
  </dl>
`;
