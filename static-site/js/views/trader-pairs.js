/** Pairs that a trader leaves alone since its owner closed a position by hand: resuming one ends that. */
import { Dialog } from "../components/dialog.js";
import { html } from "../lib/html.js";
import { isOnline } from "../state/tick.js";
import { busy, resumePair } from "../state/trading.js";

/** @param {{ one: import("../state/trading.js").Trader, onClose: () => void }} props */
export const TraderPairs = ({ one, onClose }) => html`
  <${Dialog} title=${`Pairs of ${one.name}`} kind="narrow" onClose=${onClose}>
    <p>After you close a position by hand, its trader leaves that pair alone until you resume it here.</p>
    <ul class="pairs">
      ${one.symbols.map((symbol) => html`<li key=${symbol}><span class="figure">${symbol}</span> <button type="button" class="button" data-size="small" aria-label=${`Resume ${symbol}`} disabled=${busy.value.has(one.id) || !isOnline.value} onClick=${() => void resumePair(one, symbol)}>Resume</button></li>`)}
    </ul>
    <div class="dialog-actions"><button type="button" class="button" onClick=${onClose} autofocus>Done</button></div>
  <//>
`;
