/** How the book went: one figure over the session or a month. */
import { Segmented } from "../components/segmented.js";
import { TimeChart } from "../components/time-chart.js";
import { dateTimeZoned, heldGreek, money, profit } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { riskHistory, riskSpan, showSpan } from "../state/risk.js";

/** @typedef {import("../state/risk.js").RiskBook} RiskBook */
/** @typedef {{ text: string, of: (book: RiskBook) => number | null, look: (value: number | null) => string, hasZero: boolean }} Figure */

/** @type {Record<string, Figure>} */
const FIGURES = {
  down: { text: "P&L at −2%", of: (book) => book.pnl_2pct_down, look: profit, hasZero: true },
  value: { text: "VaR 99%", of: (book) => book.var_99_1d, look: money, hasZero: false },
  delta: { text: "Delta", of: (book) => book.net_delta_shares, look: heldGreek, hasZero: true },
  gamma: { text: "Gamma", of: (book) => book.net_gamma_shares_per_dollar, look: heldGreek, hasZero: true },
  vega: { text: "Vega", of: (book) => book.net_vega_usd_per_1vol, look: profit, hasZero: true },
  weighted: { text: "Beta-weighted", of: (book) => book.beta_weighted_delta, look: heldGreek, hasZero: true },
  theta: { text: "Theta", of: (book) => book.net_theta_usd_per_day, look: profit, hasZero: true },
};
/** @type {[string, string][]} */
const SPANS = [["day", "Session"], ["month", "30 days"]];

export function RiskHistory() {
  const [name, setName] = useState("down");
  const figure = FIGURES[name];
  const points = (riskHistory.value ?? []).flatMap((book) => {
    const value = figure.of(book);
    return book.as_of === null || value === null ? [] : [{ at: Date.parse(book.as_of), value }];
  });
  return html`
    <section class="panel risk-history" aria-labelledby="risk-history">
      <div class="panel-head">
        <h2 id="risk-history">How it went</h2>
        <div class="view-tools">
          <${Segmented} label="Figure" value=${name} options=${Object.entries(FIGURES).map(([key, { text }]) => [key, text])} onChoose=${setName} />
          <${Segmented} label="Span" value=${riskSpan.value} options=${SPANS} onChoose=${showSpan} />
        </div>
      </div>
      ${points.length < 2 ? html`<p class="panel-note">The line begins with the second book.</p>` : html`<${Chart} key=${name} figure=${figure} points=${points} />`}
    </section>
  `;
}

/** @param {{ figure: Figure, points: { at: number, value: number }[] }} props */
function Chart({ figure, points }) {
  const last = points[points.length - 1];
  const values = points.map(({ value }) => value);
  return html`
    <${TimeChart}
      title=${figure.text}
      label=${`${figure.text} went from ${figure.look(values[0])} to ${figure.look(last.value)}, between ${figure.look(Math.min(...values))} and ${figure.look(Math.max(...values))}.`}
      series=${[{ kind: figure.hasZero ? "baseline" : "line", ...(figure.hasZero ? { base: 0 } : {}), points, format: figure.look }]}
      readingOf=${(/** @type {number | null} */ index) => {
        const point = points[Math.min(index ?? points.length - 1, points.length - 1)];
        return `${dateTimeZoned(point.at)} · ${figure.look(point.value)}`;
      }}
      signature=${`${points[0].at} ${points.length} ${last.value}`}
    />
  `;
}
