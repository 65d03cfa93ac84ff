/** Two backtests beside each other: what they were asked for differently, what each made, both curves. */
import { Amount } from "../components/amount.js";
import { Failed, Loading } from "../components/empty.js";
import { TimeChart } from "../components/time-chart.js";
import { calendarDate, count, money, percent } from "../lib/format.js";
import { html } from "../lib/html.js";
import { fillText, isUnderWay, marketText, stateName } from "../lib/backtest-words.js";
import { plainRatio } from "../lib/ratios.js";
import { opened, openErrors, readRun } from "../state/backtests.js";
import { address } from "../state/route.js";
import { failedText } from "./backtest-bias.js";
import { rate, yearly } from "./performance-figures.js";

/** @typedef {import("../state/backtests.js").Backtest} Backtest */
/** @typedef {import("../state/backtests.js").BacktestResult} Result */

/** @type {[string, (result: Result) => any][]} */
const FIGURES = [
  ["Total P&L", ({ total_pnl: pnl }) => html`<${Amount} value=${pnl} />`],
  ["Trades", ({ trades }) => count(trades)],
  ["Win rate", ({ win_rate: won }) => (won === null ? "—" : rate(won))],
  ["Expectancy", ({ expectancy }) => html`<${Amount} value=${expectancy === null ? null : Math.round(expectancy * 100) / 100} />`],
  ["Expectancy in R", ({ r }) => (r.expectancy === null ? "—" : plainRatio(r.expectancy))],
  ["Profit factor", ({ profit_factor: factor }) => (factor === null ? "—" : plainRatio(factor))],
  ["Max drawdown", ({ max_drawdown: fall, max_drawdown_pct: part }) => html`<${Amount} value=${fall} /> ${part !== null && html`<span class="figure-side">${percent(part)}</span>`}`],
  ["Sharpe, above 5%", (result) => yearly(result, result.sharpe, "It needs days with different returns.")],
  ["Days in a trade", ({ avg_days_in_trade: days }) => (days === null ? "—" : days.toFixed(1))],
  ["Fees", ({ fees }) => money(fees)],
  ["Checks not passed", ({ bias }) => failedText(bias)],
  ["Assumed", ({ assumed }) => (assumed.length === 0 ? "nothing" : assumed.join(", ").replaceAll("_", " "))],
];

/** @param {{ one: Backtest, id: string }} props */
export function BacktestCompare({ one, id }) {
  const other = opened.value.get(id);
  const error = openErrors.value.get(id);
  if (other === undefined) return error === undefined ? html`<${Loading} what="the other backtest" />` : html`<${Failed} what="The other backtest" error=${error} onRetry=${() => readRun(id)} />`;
  const wanting = [one, other].find(({ result }) => result === null);
  if (wanting !== undefined || one.result === null || other.result === null) {
    return html`<p class="notice" role="status">${wanting !== undefined && isUnderWay(wanting) ? "One of them still runs; they are compared once it is done." : `One of them has no result: ${stateName(wanting?.status ?? "").toLowerCase()}.`}</p>`;
  }
  const differing = differences(one, other);
  return html`
    <section class="panel" aria-labelledby="backtest-compare">
      <h2 id="backtest-compare">Compared</h2>
      <div class="compare-both"><div>
      <div class="mini-scroll" tabindex="0" role="region" aria-label="Figures of both">
        <table class="mini-table compare">
          <thead><tr><th scope="col"><span class="visually-hidden">Figure</span></th><${Name} run=${one} mark="A" /><${Name} run=${other} mark="B" /></tr></thead>
          <tbody>
            ${FIGURES.map(([name, of]) => html`<tr key=${name}><th scope="row">${name}</th><td class="group-figure figure">${of(/** @type {Result} */ (one.result))}</td><td class="group-figure figure">${of(/** @type {Result} */ (other.result))}</td></tr>`)}
          </tbody>
        </table>
      </div>
      </div><div>
      <h3>Asked for differently</h3>
      ${differing.length === 0 ? html`<p class="panel-note">Nothing: both were asked for the same.</p>` : html`
        <div class="mini-scroll" tabindex="0" role="region" aria-label="Asked for differently">
          <table class="mini-table compare">
            <thead><tr><th scope="col">What</th><th scope="col" class="group-figure">A</th><th scope="col" class="group-figure">B</th></tr></thead>
            <tbody>${differing.map(([name, mine, theirs]) => html`<tr key=${name}><th scope="row">${name}</th><td class="group-figure figure">${mine}</td><td class="group-figure figure">${theirs}</td></tr>`)}</tbody>
          </table>
        </div>
      `}
      </div></div>
    </section>
    <section class="panel" aria-label="Both curves"><${Curves} one=${one.result} other=${other.result} /></section>
  `;
}

/** @param {{ run: Backtest, mark: string }} props */
const Name = ({ run: { id, request }, mark }) => html`
  <th scope="col" class="group-figure"><strong>${mark}</strong> <a href=${address("backtests", { run: id })}>${request.strategy.name}</a><span class="cell-sub figure">${calendarDate(request.from)} to ${calendarDate(request.to)}</span></th>
`;

/** @param {{ one: Result, other: Result }} props */
function Curves({ one, other }) {
  const points = (/** @type {Result} */ { daily }) => daily.map(({ date, equity }) => ({ at: date, value: equity }));
  const [mine, theirs] = [points(one), points(other)];
  if (mine.length < 2 || theirs.length < 2) return html`<p class="panel-note">A curve begins with the second trading day.</p>`;
  const byDate = new Map(theirs.map(({ at, value }) => [at, value]));
  return html`
    <${TimeChart}
      title=${html`Equity: <span class="curve-a">A, full</span> and <span class="curve-b">B, grey</span>`}
      label=${`A went from ${money(one.initial_capital)} to ${money(one.final_equity)}, B from ${money(other.initial_capital)} to ${money(other.final_equity)}.`}
      series=${[{ kind: "line", tone: "accent", points: mine, format: money }, { kind: "line", tone: "faint", points: theirs, format: money }]}
      readingOf=${(/** @type {number | null} */ index) => {
        const { at, value } = mine[Math.min(index ?? mine.length - 1, mine.length - 1)];
        return `${calendarDate(at)} · A ${money(value)} · B ${money(byDate.get(at) ?? null)}`;
      }}
      signature=${`${one.final_equity} ${other.final_equity} ${mine.length} ${theirs.length}`}
    />
  `;
}

/** @param {Backtest} one @param {Backtest} other @returns {[string, string, string][]} */
function differences({ request: one }, { request: other }) {
  const mine = flat(one);
  const theirs = flat(other);
  return [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((name) => {
    const [a, b] = [mine.get(name) ?? "—", theirs.get(name) ?? "—"];
    return a === b ? [] : [/** @type {[string, string, string]} */ ([name, a, b])];
  });
}

const UNASKED = new Set(["id", "version", "enabled", "mode", "preferred_broker"]);

/** What a request says, by words. @param {Backtest["request"]} asked @returns {Map<string, string>} */
function flat(asked) {
  const { strategy, ...rest } = asked;
  const found = new Map([
    ["Days", `${rest.from} to ${rest.to}`],
    ["Market", marketText(asked)],
    ["Fills", fillText(asked)],
    ["Commission", money(rest.commission)],
    ["Capital", money(rest.initial_capital)],
    ["Assumed", rest.assume.join(", ") || "nothing"],
  ]);
  const walk = (/** @type {Record<string, any>} */ block) => {
    for (const [name, value] of Object.entries(block)) {
      if (UNASKED.has(name)) continue;
      const isSpan = value !== null && typeof value === "object" && "min" in value;
      if (value !== null && typeof value === "object" && !isSpan) walk(value);
      else found.set(name.replaceAll("_", " "), isSpan ? `${value.min} to ${value.max}` : String(value ?? "none"));
    }
  };
  walk(strategy);
  return found;
}
