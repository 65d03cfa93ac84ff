/** The rules that a decision was held against: those that failed first, then those that held. */
import { html } from "../lib/html.js";
import { constraintName, factText, isWarning, ruleText } from "../lib/trading-words.js";

const SIGNS = { held: "✓", warned: "!", failed: "✗" };

/** @param {NonNullable<import("../state/trading.js").Decision["validation"]>} validation @param {string} name @param {boolean} satisfied @returns {keyof typeof SIGNS} */
const wordOf = (validation, name, satisfied) => (satisfied ? "held" : isWarning(validation, name) ? "warned" : "failed");

/** How many hold, to be read before they are unfolded. @param {import("../state/trading.js").Decision} decision */
export function rulesHeld({ validation }) {
  const rules = validation?.constraints ?? [];
  return `Rules: ${rules.filter(({ satisfied }) => satisfied).length} of ${rules.length} hold`;
}

/** @param {{ one: import("../state/trading.js").Decision }} props */
export function Constraints({ one }) {
  const { validation } = one;
  if (validation === null) return html`<p class="panel-note">No rule was asked: nothing was to be entered or changed.</p>`;
  const sorted = [...validation.constraints].sort((a, b) => Number(a.satisfied) - Number(b.satisfied));
  return html`
    ${[...validation.errors, ...validation.warnings].map((text) => html`<p class="rule-said" key=${text}>${ruleText(text)}</p>`)}
    <table class="mini-table constraints" role="table">
      <thead role="rowgroup"><tr role="row">${["Rule", "Is", "Needed"].map((text, index) => html`<th key=${text} role="columnheader" scope="col" class=${index > 0 ? "group-figure" : null}>${text}</th>`)}</tr></thead>
      <tbody role="rowgroup">
        ${sorted.map(
          ({ name, satisfied, current_value, required_value }) => html`
            <tr role="row" key=${name} data-word=${wordOf(validation, name, satisfied)}>
              <th role="rowheader" scope="row"><span aria-hidden="true">${SIGNS[wordOf(validation, name, satisfied)]}</span> ${constraintName(name)}<span class="visually-hidden">, ${wordOf(validation, name, satisfied)}</span></th>
              <td role="cell" class="group-figure figure">${factText(current_value)}</td>
              <td role="cell" class="group-figure figure">${factText(required_value)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}
