/** One trade of a test: its payoff as it was entered, its legs, where its result came from, and the nine steps that let it pass. */
import { Amount } from "../components/amount.js";
import { FactList } from "../components/fact-list.js";
import { GateSteps } from "../components/gate-steps.js";
import { PayoffChart } from "../components/payoff-chart.js";
import { SplitBars } from "../components/split-bars.js";
import { dateTimeZoned, money, plural, price, profit } from "../lib/format.js";
import { html } from "../lib/html.js";
import { leftBy } from "../lib/backtest-words.js";
import { hasExpiries, legText } from "../lib/legs.js";

/** @typedef {import("../shapes-backtests.js").TestedTrade} TestedTrade */
/** @typedef {import("../lib/legs.js").LegTerms} LegTerms */

/** @param {{ trade: TestedTrade, terms: LegTerms[] }} props */
export const BacktestTrade = ({ trade, terms }) => html`
  <div class="tested-detail">
    <section class="mini" aria-label="Payoff as it was entered">
      <h3>Payoff as it was entered</h3>
      ${trade.payoff.length > 1 && html`<${PayoffChart} known=${trade} spot=${spotOf(trade)} spotName="then" />`}
      <${FactList} facts=${factsOf(trade)} />
    </section>
    <section class="mini" aria-label="Where its P&L came from">
      <h3>Where its P&L came from</h3>
      ${trade.pnl_attribution === null ? html`<p class="detail-note">Not known: it was not held over two marks with Greeks.</p>` : html`<${SplitBars} parts=${trade.pnl_attribution} total=${trade.realized_pnl} label="Where its P&L came from" />`}
      ${trade.pnl_attribution !== null && trade.pnl_attribution.unexplained > 0 && html`<p class="detail-note">${plural(trade.pnl_attribution.unexplained, "interval")} had no Greeks and count as not explained.</p>`}
    </section>
    <section class="mini tested-legs" aria-label="Legs">
      <h3>Legs</h3>
      <div class="mini-scroll" tabindex="0" role="region" aria-label="Legs of the trade">
        <table>
          <thead><tr><th scope="col">Leg</th><th scope="col">Entry</th><th scope="col">Exit</th><th scope="col">P&L</th></tr></thead>
          <tbody>
            ${trade.legs.map(
              (leg, index) => html`
                <tr key=${leg.symbol}>
                  <th scope="row">${leg.side === "SHORT" ? "Short" : "Long"} ${leg.ratio > 1 ? `${leg.ratio}× ` : ""}${legText(terms[index], hasExpiries(terms))}</th>
                  <td class="figure">${price(leg.entry_price)}</td><td class="figure">${price(leg.exit_price)}</td>
                  <td class="figure">${leg.pnl_attribution === null ? "—" : html`<${Amount} value=${sumOf(leg.pnl_attribution)} />`}</td>
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
    </section>
    ${
      trade.gates.length > 0 &&
      html`<section class="mini tested-gates" aria-label="Why it was entered"><h3>Why it was entered</h3><${GateSteps} gates=${trade.gates} /></section>`
    }
  </div>
`;

/** A leg's parts add up to its result, on the cent. @param {import("../shapes-split.js").SplitParts} parts */
const sumOf = (parts) => Object.values(parts).reduce((cents, part) => cents + Math.round(part * 100), 0) / 100;

/** The underlying as the gates saw it. @param {TestedTrade} trade @returns {number | null} */
const spotOf = ({ gates }) => {
  const spot = gates.find(({ stage }) => stage === "A")?.numbers?.spot;
  return typeof spot === "number" ? spot : null;
};

/** @param {TestedTrade} trade @returns {[string, any][]} */
const factsOf = (trade) => [
  ["Opened", dateTimeZoned(trade.opened_at)],
  ["Left", dateTimeZoned(trade.closed_at)],
  ["Left by", leftBy(trade)],
  ["Most to win", trade.max_profit === null ? "no bound" : money(trade.max_profit)],
  ["Most to lose", trade.max_loss === null ? "no bound" : money(trade.max_loss)],
  ["Fees", money(trade.fees)],
  ["Better than natural", profit(trade.better_than_natural)],
];
