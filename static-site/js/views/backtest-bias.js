/** What may make it look better than it is: each check in plain words, those that were not passed first. */
import { html } from "../lib/html.js";
import { checkName } from "../lib/backtest-words.js";

/** @typedef {import("../shapes-backtests.js").BiasCheck} BiasCheck */

const SIGNS = { yes: "✓", no: "✗", none: "–" };
const WORDS = { yes: "passed", no: "not passed", none: "judges nothing here" };
const ORDER = ["no", "none", "yes"];

/** @param {BiasCheck} check @returns {"yes" | "no" | "none"} */
const stateOf = ({ passed }) => (passed === null ? "none" : passed ? "yes" : "no");

/** @param {BiasCheck[]} checks `2 of 6` */
export const failedText = (checks) => `${checks.filter(({ passed }) => passed === false).length} of ${checks.length}`;

/** @param {{ checks: BiasCheck[] }} props */
export function BacktestBias({ checks }) {
  const sorted = [...checks].sort((one, other) => ORDER.indexOf(stateOf(one)) - ORDER.indexOf(stateOf(other)));
  return html`
    <section class="panel" aria-labelledby="backtest-bias">
      <h2 id="backtest-bias">What may make it look better than it is</h2>
      <p class="panel-note"><strong>${failedText(checks)}</strong> checks not passed.</p>
      <ul class="bias">
        ${sorted.map(
          (check) => html`
            <li key=${check.check} data-state=${stateOf(check)}>
              <span class="bias-sign" aria-hidden="true">${SIGNS[stateOf(check)]}</span>
              <div><strong>${checkName(check.check)}</strong> <span class="bias-state">${WORDS[stateOf(check)]}</span><p>${check.words}</p></div>
            </li>
          `,
        )}
      </ul>
    </section>
  `;
}
