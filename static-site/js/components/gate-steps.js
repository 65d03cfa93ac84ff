/** An evaluation as nine steps: what each looked at, with its figures, and where it ended. */
import { html } from "../lib/html.js";
import { figuresOf, stageName, stepsOf } from "../lib/stages.js";

/** @typedef {import("../shapes-desk-more.js").Verdict} Verdict */

const SIGNS = { passed: "✓", failed: "✗", none: "·" };
const WORDS = { passed: "passed", failed: "ended it", none: "not asked" };

/** @param {{ gates: Verdict[], words?: typeof WORDS }} props `words`: what each state is called */
export const GateSteps = ({ gates, words = WORDS }) => html`
  <ol class="trace-steps">
    ${stepsOf(gates).map(
      ({ name, state, checks }, index) => html`
        <li key=${name} data-state=${state}>
          <span class="trace-sign" aria-hidden="true">${SIGNS[state]}</span>
          <div>
            <strong>${index + 1}. ${name}</strong> <span class="trace-state">${words[state]}</span>
            ${checks.map((check) => html`<${GateCheck} key=${check.stage + figuresOf(check)} check=${check} isOne=${checks.length === 1} />`)}
          </div>
        </li>
      `,
    )}
  </ol>
`;

/** @param {{ check: Verdict, isOne?: boolean }} props */
export function GateCheck({ check, isOne = false }) {
  const said = [check.reason, figuresOf(check)].filter(Boolean).join(" · ");
  const lacks = check.missing === true ? " What is not known lets nothing be entered." : "";
  return html`<p class="trace-check" data-failed=${check.passed ? null : ""}>${!isOne && html`<span class="trace-name">${stageName(check.stage)}</span> `}${said}${lacks}</p>`;
}
