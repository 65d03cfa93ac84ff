/** Does a confidence of 0.8 win eight times in ten? What was won at each stated confidence, beside what it promised; then as calibrated by trader. */
import { count, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { confidenceText } from "../lib/trading-words.js";
import { rate } from "./performance-figures.js";

/** @typedef {import("../shapes-ai-performance.js").AiPerformance} AiPerformance */
/** @typedef {import("../shapes-ai-performance.js").Step} Step */

const WIDTH = 320;
const HEIGHT = 210;
const LEFT = 42;
const BOTTOM = 36;
const FEW = 10;
const x = (/** @type {number} */ confidence) => LEFT + confidence * (WIDTH - LEFT - 6);
const y = (/** @type {number} */ won) => 6 + (1 - won) * (HEIGHT - BOTTOM - 6);
const TICKS = [0, 0.5, 1];

/** @param {{ known: AiPerformance }} props */
export function Calibration({ known: { calibration, by_trader: traders } }) {
  const all = calibration.reduce((sum, { trades }) => sum + trades, 0);
  return html`
    <section class="panel" aria-labelledby="calibration">
      <h2 id="calibration">Confidence, and what came of it</h2>
      ${
        all === 0
          ? html`<p class="panel-note">It begins with the first trade that ended: each is counted under the confidence with which the model entered.</p>`
          : html`<div class="calibration"><${Picture} steps=${calibration} /><${Steps} steps=${calibration} /></div>
              <p class="panel-note">On the line a model is as sure as it may be; under it, it promises more than it keeps. A larger point rests on more trades.</p>`
      }
      <${Calibrated} traders=${traders} />
    </section>
  `;
}

/** @param {Step} step */
const middle = ({ from, to }) => (from + to) / 2;
/** @param {Step} step */
const spanText = ({ from, to }) => (from === to ? confidenceText(from) : `${confidenceText(from)} – ${confidenceText(to)}`);

/** For the eye: the table beside it says the same. @param {{ steps: Step[] }} props */
function Picture({ steps }) {
  const most = Math.max(...steps.map(({ trades }) => trades), 1);
  const shown = steps.filter(({ trades }) => trades > 0);
  return html`
    <svg class="calibration-picture" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false">
      ${TICKS.map(
        (tick) => html`
          <line key=${`across ${tick}`} class="calibration-grid" x1=${LEFT} x2=${x(1)} y1=${y(tick)} y2=${y(tick)} />
          <text key=${`won ${tick}`} x=${LEFT - 6} y=${y(tick) + 4} text-anchor="end">${tick * 100}%</text>
          <text key=${`sure ${tick}`} x=${x(tick)} y=${HEIGHT - 20} text-anchor=${tick === 1 ? "end" : tick === 0 ? "start" : "middle"}>${tick * 100}%</text>
        `,
      )}
      <text x=${x(0.5)} y=${HEIGHT - 4} text-anchor="middle">stated confidence</text>
      <text x=${LEFT + 6} y=${16}>won</text>
      <line class="calibration-even" x1=${x(0)} y1=${y(0)} x2=${x(1)} y2=${y(1)} />
      ${shown.map((step) => html`<circle key=${step.from} class="calibration-point" data-few=${step.trades < FEW ? "" : null} cx=${x(middle(step))} cy=${y(step.win_rate)} r=${3 + 5 * Math.sqrt(step.trades / most)} />`)}
    </svg>
  `;
}

/** @param {{ steps: Step[] }} props */
const Steps = ({ steps }) => html`
  <table class="group" role="table">
    <caption class="visually-hidden">Won by stated confidence</caption>
    <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Confidence</th>${["Trades", "Won"].map((text) => html`<th key=${text} role="columnheader" scope="col" class="group-figure">${text}</th>`)}</tr></thead>
    <tbody role="rowgroup">
      ${steps
        .filter(({ trades }) => trades > 0)
        .map(
          (step) => html`
            <tr role="row" key=${step.from} data-few=${step.trades < FEW ? "" : null}>
              <th role="rowheader" scope="row" class="figure">${spanText(step)}</th>
              <td role="cell" class="group-figure figure" data-label="Trades">${count(step.trades)}</td>
              <td role="cell" class="group-figure figure" data-label="Won">${rate(step.win_rate)}</td>
            </tr>
          `,
        )}
    </tbody>
  </table>
`;

/** Over all that a trader ever closed: from 50 trades on it may stand in for the model's word. @param {{ traders: AiPerformance["by_trader"] }} props */
const Calibrated = ({ traders }) => {
  const known = traders.filter(({ calibrated }) => calibrated.trades > 0);
  if (known.length === 0) return null;
  return html`
    <details class="kpis-more">
      <summary>Calibrated confidence by trader</summary>
      <p class="panel-note">Isotonic regression of won on stated confidence over all trades that a trader has closed. From 50 on it may take the place of the model's word, where the trader says so.</p>
      ${known.map(
        ({ trader_id: id, name, calibrated: { trades, is_enough: isEnough, steps } }) => html`
          <p key=${id}><strong>${name || "A removed trader"}</strong>, ${plural(trades, "trade")}${isEnough ? "" : ", not enough yet"}:
            <span class="figure">${steps.map((step) => ` ${spanText(step)} → ${rate(step.win_rate)} (${count(step.trades)})`).join(",")}</span></p>
        `,
      )}
    </details>
  `;
};
