/** Greeks of all that is held, and by underlying: the server's sums. */
import { heldGreek, plural, profit } from "../lib/format.js";
import { html } from "../lib/html.js";
import { book as positions } from "../state/account.js";
import { address } from "../state/route.js";

/** @param {{ book: import("../state/risk.js").RiskBook }} props */
export function RiskGreeks({ book }) {
  const groups = positions.value?.groups ?? [];
  return html`
    <section class="panel" aria-labelledby="risk-greeks">
      <h2 id="risk-greeks">Greeks</h2>
      <dl class="kpis kpis-plain risk-greeks">
        <${Greek} name="Delta" unit="shares" value=${heldGreek(book.net_delta_shares)} />
        <${Greek} name="Beta-weighted" unit="shares of SPY" value=${heldGreek(book.beta_weighted_delta)} />
        <${Greek} name="Gamma" unit="shares a dollar" value=${heldGreek(book.net_gamma_shares_per_dollar)} />
        <${Greek} name="Vega" unit="a point of volatility" value=${profit(book.net_vega_usd_per_1vol)} />
        <${Greek} name="Theta" unit="a day" value=${profit(book.net_theta_usd_per_day)} />
      </dl>
      ${
        groups.length > 0 &&
        html`<table class="mini-table" role="table">
          <caption class="visually-hidden">Greeks by underlying</caption>
          <thead role="rowgroup"><tr role="row">${["Underlying", "Delta", "Gamma", "Vega, $", "Theta, $"].map((text, index) => html`<th key=${text} role="columnheader" scope="col" class=${index > 0 ? "group-figure" : null}>${text}</th>`)}</tr></thead>
          <tbody role="rowgroup">
            ${groups.map(
              (group) => html`
                <tr role="row" key=${group.ticker}>
                  <th role="rowheader" scope="row"><a href=${address("positions", { q: group.ticker })}>${group.ticker}</a><span class="cell-sub">${plural(group.positions, "position")}${group.without_greeks > 0 && `, ${group.without_greeks} without Greeks`}</span></th>
                  ${[group.delta, group.gamma, group.vega, group.theta].map((value, index) => html`<td role="cell" key=${index} class="group-figure figure">${heldGreek(value)}</td>`)}
                </tr>
              `,
            )}
          </tbody>
        </table>`
      }
    </section>
  `;
}

/** @param {{ name: string, unit: string, value: string }} props */
const Greek = ({ name, unit, value }) => html`<div class="kpi"><dt>${name}</dt><dd class="figure">${value}</dd><dd class="kpi-note">${unit}</dd></div>`;
