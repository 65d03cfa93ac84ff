/** How many scans each check let pass, stopped, or stopped for want of data: over-filtering is seen here. */
import { count } from "../lib/format.js";
import { html } from "../lib/html.js";
import { stageName } from "../lib/stages.js";

const WIDTH = 120;

/** @typedef {import("../shapes-desk-more.js").GateCount} GateCount */

/** @param {{ title: string, known: GateCount[], none: string }} props */
export function GateCounts({ title, known: all, none }) {
  const known = all.filter(({ passed, failed, missing }) => passed + failed + missing > 0);
  const worst = [...known].sort((one, other) => stopped(other) - stopped(one))[0];
  return html`
    <section class="panel" aria-labelledby="desk-gates">
      <h2 id="desk-gates">${title}</h2>
      ${
        known.length === 0
          ? html`<p class="panel-note">${none}</p>`
          : html`
              <p class="panel-note">${stopped(worst) === 0 ? "Nothing was stopped." : `Stopped most by ${stageName(worst.stage).toLowerCase().replace("vix", "VIX").replace("iv ", "IV ")}: ${count(stopped(worst))} scans.`} A scan ends at the first check that fails.</p>
              <table class="mini-table desk-gates" role="table">
                <caption class="visually-hidden">Scans by check</caption>
                <thead role="rowgroup">
                  <tr role="row">
                    <th role="columnheader" scope="col">Check</th>
                    ${["Passed", "Failed", "No data"].map((text) => html`<th key=${text} role="columnheader" scope="col" class="group-figure">${text}</th>`)}
                    <td aria-hidden="true"></td>
                  </tr>
                </thead>
                <tbody role="rowgroup">${known.map((gate) => html`<${Row} key=${gate.stage} gate=${gate} />`)}</tbody>
              </table>
            `
      }
    </section>
  `;
}

/** @param {GateCount} gate */
const stopped = ({ failed, missing }) => failed + missing;

/** @param {{ gate: GateCount }} props */
const Row = ({ gate }) => html`
  <tr role="row">
    <th role="rowheader" scope="row">${stageName(gate.stage)}</th>
    <td role="cell" class="group-figure figure" data-label="Passed">${count(gate.passed)}</td>
    <td role="cell" class="group-figure figure" data-label="Failed">${count(gate.failed)}</td>
    <td role="cell" class="group-figure figure" data-label="No data">${count(gate.missing)}</td>
    <td class="group-bar" aria-hidden="true"><${Bar} gate=${gate} /></td>
  </tr>
`;

/** @param {{ gate: GateCount }} props */
function Bar({ gate: { passed, failed, missing } }) {
  const all = passed + failed + missing;
  const [a, b] = [(passed / all) * WIDTH, (failed / all) * WIDTH];
  return html`
    <svg class="gate-bar" width=${WIDTH} height="10" viewBox=${`0 0 ${WIDTH} 10`} focusable="false">
      <rect class="gate-passed" x="0" width=${a} height="10" /><rect class="gate-failed" x=${a} width=${b} height="10" /><rect class="gate-missing" x=${a + b} width=${Math.max(WIDTH - a - b, 0)} height="10" />
    </svg>
  `;
}
