/** Was the AI right? Its verdicts for and against trades, held against how those ended. */
import { Why } from "../components/why.js";
import { count, percent } from "../lib/format.js";
import { html } from "../lib/html.js";

/** @param {{ ai: import("../shapes-performance.js").Performance["ai"] }} props */
export const PerformanceAi = ({ ai }) => html`
  <section class="panel" aria-labelledby="performance-ai">
    <h2 id="performance-ai">AI accuracy</h2>
    <dl class="kpis kpis-plain">
      <div class="kpi">
        <dt>Accuracy</dt>
        <dd class="figure">
          ${ai.right_pct === null ? html`<${Why} reason="No verdict took a side on a trade that won or lost." />` : percent(ai.right_pct)}
        </dd>
        <dd class="kpi-note">of the verdicts that took a side</dd>
      </div>
      <div class="kpi"><dt>Verdicts that were right</dt><dd class="figure">${count(ai.right)}</dd></div>
      <div class="kpi"><dt>Verdicts for the trade</dt><dd class="figure">${count(ai.agree)}</dd></div>
    </dl>
    <p class="panel-note">Right means: for a trade that won, or against one that lost. Verdicts come with the trade from your scanner.</p>
  </section>
`;
