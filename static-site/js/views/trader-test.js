/** What a trader would do now: its filter and one decision over the latest candles. Nothing is sent, nothing kept. */
import { tryTrader } from "../api-trading.js";
import { Chip } from "../components/chip.js";
import { Dialog } from "../components/dialog.js";
import { percent } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { decisionWord, outcomeName } from "../lib/trading-words.js";
import { Constraints } from "./trading-constraints.js";
import { Levels } from "./trading-decision.js";

/** @typedef {import("../shapes-trading.js").TriedTrader} Tried */

/** @param {{ one: import("../state/trading.js").Trader, onClose: () => void }} props */
export function TraderTest({ one, onClose }) {
  const [found, setFound] = useState(/** @type {Tried | string | null} */ (null));
  useEffect(() => {
    tryTrader(one.id).then(setFound, (error) => setFound(sentence(error)));
  }, [one.id]);
  return html`
    <${Dialog} title=${`${one.name}, tried now`} onClose=${onClose}>
      ${found === null && html`<p role="status"><span class="spinner" aria-hidden="true"></span> The model is asked; nothing is carried out…</p>`}
      ${typeof found === "string" && html`<p class="notice" data-tone="bad" role="alert">${found}</p>`}
      ${found !== null && typeof found !== "string" && html`<${Result} found=${found} />`}
      <div class="dialog-actions"><button type="button" class="button" onClick=${onClose} autofocus>Done</button></div>
    <//>
  `;
}

/** @param {{ found: Tried }} props */
const Result = ({ found: { filter, decision } }) => html`
  <p class="panel-note">Filter: ${filter.map(({ symbol, is_signal, setup_score }) => `${symbol} ${is_signal ? "signals" : "does not signal"} (${percent(setup_score * 100)} of its rules)`).join(", ")}</p>
  <p><strong class="figure">${decision.symbol}</strong> ${decisionWord(decision.decision)} <${Chip}>would be: ${outcomeName(decision.outcome).toLowerCase()}<//></p>
  <p class="trading-words" data-whole>${decision.reasoning}</p>
  ${decision.stop_loss !== null && html`<${Levels} one=${decision} />`}
  <${Constraints} one=${decision} />
`;
