/** What the desk would do right now by what is typed: enter or not, by which gate, what it would hold, and the book with it. */
import { BookWith } from "../components/book-with.js";
import { fieldWords } from "../components/draft-foot.js";
import { GateSteps } from "../components/gate-steps.js";
import { PayoffChart } from "../components/payoff-chart.js";
import { age, calendarDate, chance, count, greek, money, price, priceNear, profit, strike, volatility } from "../lib/format.js";
import { typeName } from "../lib/desk-words.js";
import { html } from "../lib/html.js";
import { figuresOf, stageName } from "../lib/stages.js";
import { vendorName } from "../lib/words.js";
import { serverNow } from "../state/clock.js";
import { isJudging, judge, previewError, previewFaults, strategyPreview } from "../state/desk-preview.js";
import { beat, isOnline, OFFLINE } from "../state/tick.js";

/** @typedef {import("../shapes-desk-preview.js").StrategyPreview} StrategyPreview */
/** @typedef {import("../shapes-desk-preview.js").PreviewedStructure} Structure */

const WORDS = { passed: "would pass", failed: "would stop it", none: "not asked" };

export function DeskBuilderNow() {
  const known = strategyPreview.value;
  return html`
    <section class="panel builder-now" aria-labelledby="builder-now" data-waiting=${isJudging.value && known !== null ? "" : null}>
      <div class="panel-head">
        <h2 id="builder-now">Right now</h2>
        ${known !== null && html`<${Ages} known=${known} />`}
      </div>
      <${Body} known=${known} />
    </section>
  `;
}

/** @param {{ known: StrategyPreview | null }} props */
function Body({ known }) {
  if (!isOnline.value && known === null) return html`<p class="panel-note">${OFFLINE}.</p>`;
  if (known === null) {
    const faults = faultsText();
    if (faults !== "") return html`<p class="notice" data-tone="warn" role="status">Cannot be judged yet: ${faults}.</p>`;
    if (previewError.value !== null) return html`<${Refused} error=${previewError.value} />`;
    return html`<p class="panel-note" role="status">Looking at the market…</p>`;
  }
  return html`
    ${previewError.value !== null && html`<${Refused} error=${previewError.value} />`}
    <${Verdict} known=${known} />
    ${known.standing.map(({ cause, reason }) => html`<p key=${cause} class="notice" data-tone="warn">Not scanned as it is: ${reason}.</p>`)}
    ${known.trouble.map((what) => html`<p key=${what} class="notice" data-tone="warn">A source refused: ${what}.</p>`)}
    ${known.structure !== null && html`<${Drawn} of=${known.structure} spot=${known.spot} />`}
    ${known.book !== null && html`<${BookWith} book=${known.book} />`}
    <${Gates} known=${known} />
  `;
}

/** @param {{ error: string }} props */
const Refused = ({ error }) => html`
  <p class="notice" data-tone="warn" role="status">It could not be judged: ${error} <button type="button" class="button-link" onClick=${() => void judge()}>Try again</button></p>
`;

/** How old what it is judged by is. @param {{ known: StrategyPreview }} props */
function Ages({ known }) {
  void beat.value;
  const at = known.chain_as_of ?? known.spot_as_of;
  const old = at === null ? null : Math.max(0, (serverNow() - Date.parse(at)) / 1000);
  return html`<p class="panel-note figure">${known.spot === null ? "price not known" : price(known.spot)}${old !== null && html` · read ${age(old)} ago${known.source !== null && `, ${vendorName(known.source)}`}`}</p>`;
}

function faultsText() {
  return Object.entries(previewFaults.value)
    .map(([name, what]) => `${fieldWords(name)} ${what}`.trim())
    .join("; ");
}

/** One line for beside the button. */
export function BuilderBrief() {
  const known = strategyPreview.value;
  if (known === null) return null;
  const { structure } = known;
  return html`
    <p class="builder-brief figure" aria-live="polite">
      <strong>Right now: ${known.decision === "ENTER" ? "would enter" : "would not enter"}</strong>
      ${known.decision === "ENTER" ? (structure !== null ? ` for ${creditText(structure)}, wins ${chance(structure.pop)}` : "") : ` · ${stopText(known)}`}
    </p>
  `;
}

/** `Spread of each leg: widest 14% of its mid, at most 10%` @param {StrategyPreview} known */
function stopText(known) {
  const gate = known.gates.find(({ stage, passed }) => stage === known.ended_by && !passed);
  const figures = gate === undefined ? "" : figuresOf(gate);
  return `stopped by ${lower(stageName(known.ended_by))}: ${figures === "" ? known.reason : `${known.reason} (${figures})`}`;
}

/** @param {string} text */
const lower = (text) => (/^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1));

/** @param {{ known: StrategyPreview }} props */
function Verdict({ known }) {
  const isEntry = known.decision === "ENTER";
  const others = new Set(known.gates.filter(({ passed, stage }) => !passed && stage !== known.ended_by).map(({ stage }) => lower(stageName(stage))));
  return html`
    <div class="builder-verdict" data-enters=${isEntry ? "" : null}>
      <p><strong>${isEntry ? "Would enter" : "Would not enter"}</strong>${isEntry ? ": every gate passes." : html`<span>, ${stopText(known)}.</span>`}</p>
      ${!isEntry && others.size > 0 && html`<p class="panel-note">So would ${[...others].join(", ")}.</p>`}
    </div>
  `;
}

/** @param {Structure} of */
const creditText = ({ credit }) => `${credit >= 0 ? "a credit" : "a debit"} of ${priceNear(Math.abs(credit))}`;

/** @param {{ of: Structure, spot: number | null }} props */
function Drawn({ of, spot }) {
  return html`
    <p class="figure"><strong>${count(of.qty)} × ${typeName(of.structure)}</strong> · ${calendarDate(of.expiry)} · ${count(of.dte)} days · ${creditText(of)} a share</p>
    <${PayoffChart} known=${of} spot=${spot} />
    <dl class="preview-figures figure">
      <div><dt>Max profit</dt><dd>${of.max_profit === null ? "no limit" : money(of.max_profit)}</dd></div>
      <div><dt>Max loss</dt><dd>${of.max_loss === null ? "no limit" : money(-of.max_loss)}</dd></div>
      <div><dt title="Lognormal without drift, under the larger of realized volatility and half the implied one: the view by which the desk enters">Chance of profit</dt><dd>${chance(of.pop)}</dd></div>
      <div><dt title="Under the implied volatility of the short strikes">As implied</dt><dd>${chance(of.pop_implied)}</dd></div>
      <div><dt title="By chance of profit, most to win and most to lose, less fees and commissions">Expected, net</dt><dd>${profit(cents(of.ev_net))}</dd></div>
      <div><dt title="Credit less the mean of what it pays, less friction">Expected, mean</dt><dd>${profit(cents(of.ev_mean))}</dd></div>
      <div><dt>Break-even</dt><dd>${of.break_evens.length === 0 ? "—" : of.break_evens.map(priceNear).join(", ")}</dd></div>
      <div><dt title="That the underlying stands at a short strike before the expiry">Chance of a touch</dt><dd>${chance(of.pot)}</dd></div>
      <div><dt>Expected move</dt><dd>± ${priceNear(of.expected_move)}</dd></div>
      <div><dt>Fees</dt><dd>${money(-cents(of.friction))}</dd></div>
    </dl>
    <${Legs} of=${of} />
  `;
}

/** @param {number} value */
const cents = (value) => Math.round(value * 100) / 100;

/** @param {{ of: Structure }} props */
const Legs = ({ of }) => html`
  <div class="table-scroll" tabindex="0" role="region" aria-label="Legs">
    <table class="mini-table" role="table">
      <thead role="rowgroup">
        <tr role="row">${["Leg", "Bid", "Ask", "Delta", "IV", "Volume", "Open int."].map((text, index) => html`<th key=${text} role="columnheader" scope="col" class=${index > 0 ? "group-figure" : null}>${text}</th>`)}</tr>
      </thead>
      <tbody role="rowgroup">
        ${of.legs.map(
          (leg) => html`
            <tr role="row" key=${leg.symbol}>
              <th role="rowheader" scope="row" class="figure">${leg.side === "SHORT" ? "Sell" : "Buy"} ${leg.ratio > 1 ? `${leg.ratio} × ` : ""}${strike(leg.strike)} ${leg.option_type === "CALL" ? "C" : "P"}</th>
              ${[price(leg.bid), price(leg.ask), greek(leg.delta), volatility(leg.iv), count(leg.volume), count(leg.open_interest)].map((text, index) => html`<td role="cell" key=${index} class="group-figure figure">${text}</td>`)}
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>
`;

/** All nine steps; what was not asked says so. @param {{ known: StrategyPreview }} props */
const Gates = ({ known }) => html`
  <details class="kpis-more builder-gates" open>
    <summary>What each gate says</summary>
    <${GateSteps} gates=${known.gates} words=${WORDS} />
  </details>
`;
