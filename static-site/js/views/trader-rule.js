/** One rule of a filter: two things and how they compare. */
import { html } from "../lib/html.js";
import { LINES, OPERANDS, operandOf, OPS, TIMEFRAMES } from "../lib/trader-draft.js";

/** @typedef {import("../lib/trader-draft.js").Rule} Rule */
/** @typedef {import("../lib/trader-draft.js").Operand} Operand */

/** @param {{ rule: Rule, number: number, onChange: (rule: Rule) => void, onRemove: () => void }} props */
export const TraderRule = ({ rule, number, onChange, onRemove }) => html`
  <li class="rule">
    <${Side} label=${`Rule ${number}, left`} side=${rule.left} onChange=${(/** @type {Operand} */ left) => onChange({ ...rule, left })} />
    <${Choice} label=${`Rule ${number}, how`} value=${rule.op} options=${OPS} onChoose=${(/** @type {string} */ op) => onChange({ ...rule, op })} />
    <${Side} label=${`Rule ${number}, right`} side=${rule.right} onChange=${(/** @type {Operand} */ right) => onChange({ ...rule, right })} />
    <label class="switch"><input type="checkbox" role="switch" checked=${rule.isRequired} onChange=${() => onChange({ ...rule, isRequired: !rule.isRequired })} /><span>Required</span></label>
    <button type="button" class="button-link" aria-label=${`Remove rule ${number}`} onClick=${onRemove}>Remove</button>
  </li>
`;

/** @param {{ label: string, side: Operand, onChange: (side: Operand) => void }} props */
const Side = ({ label, side, onChange }) => html`
  <span class="rule-side">
    <${Choice} label=${label} value=${side.kind} options=${OPERANDS} onChoose=${(/** @type {string} */ kind) => onChange(operandOf(kind))} />
    ${
      (side.kind === "number" || side.value !== "") &&
      html`<span class="field-box"><input class="figure" inputmode="decimal" autocomplete="off" aria-label=${`${label}, ${side.kind === "number" ? "value" : "period"}`} value=${side.value}
        onInput=${(/** @type {any} */ event) => onChange({ ...side, value: event.currentTarget.value })} /></span>`
    }
    ${side.kind in LINES && html`<${Choice} label=${`${label}, line`} value=${side.line} options=${LINES[side.kind].options.map((each) => [each, each])} onChoose=${(/** @type {string} */ line) => onChange({ ...side, line })} />`}
    ${side.kind !== "number" && html`<${Choice} label=${`${label}, timeframe`} value=${side.timeframe} options=${[["", "own candles"], ...TIMEFRAMES.map((each) => [each, each])]} onChoose=${(/** @type {string} */ timeframe) => onChange({ ...side, timeframe })} />`}
  </span>
`;

/** @param {{ label: string, value: string, options: string[][], onChoose: (value: string) => void }} props */
const Choice = ({ label, value, options, onChoose }) => html`
  <span class="field-box"><select aria-label=${label} onChange=${(/** @type {any} */ event) => onChoose(event.currentTarget.value)}>
    ${options.map(([option, text]) => html`<option key=${option} value=${option} selected=${option === value}>${text}</option>`)}
  </select></span>
`;
