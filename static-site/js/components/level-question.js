/** "Move the stop?": from where to where, what that means, and only then it is sent. */
import { price } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { isStructure, shortName } from "../lib/legs.js";
import { bodyOf, loosens } from "../lib/level-moves.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { leaveText } from "../lib/typed-price.js";
import { isRealMoney } from "../lib/words.js";
import { adjustTrade } from "../state/actions.js";
import { readDetail } from "../state/details.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { Dialog } from "./dialog.js";
import { meaningText } from "./ticket-levels.js";

/** @param {{ trade: import("../shapes.js").Trade, level: import("../lib/level-moves.js").Level, to: number, onClose: () => void }} props */
export function LevelQuestion({ trade, level, to, onClose }) {
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const isStop = level.index === null;
  const move = async () => {
    setBusy(true);
    try {
      await adjustTrade(trade, bodyOf(trade, level, to));
      onClose();
      void readDetail(trade.id);
    } catch (error) {
      const said = Object.values(fieldErrors(error));
      setRefusal(said.length > 0 ? said.join(" ") : sentence(error));
      setBusy(false);
    }
  };
  return html`
    <${Dialog} title=${`Move the ${level.text.toLowerCase()} of ${shortName(trade)}?`} kind="narrow" onClose=${onClose}>
      <p class="figure">From <strong>${price(level.value)}</strong> to <strong>${price(to)}</strong>${meaning(trade, to)}.</p>
      ${isStop && loosens(trade, to) && html`<p class="notice" data-tone="warn">This loosens the stop: more is lost where it is met.</p>`}
      ${isStop && trade.originator === "AI" && html`<p class="field-hint">After a stop set by hand neither the model nor its rules move it unasked.</p>`}
      ${isRealMoney(trade.broker_mode) && html`<p class="notice" data-tone="live">This is a live position: real money.</p>`}
      ${refusal !== null && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose} autofocus>Leave it at ${price(level.value)}</button>
        <button type="button" class="button" data-kind="primary" disabled=${isBusy || !isOnline.value} title=${isOnline.value ? null : OFFLINE} onClick=${() => void move()}>${isBusy ? "Moving…" : `Move it to ${price(to)}`}</button>
      </div>
    <//>
  `;
}

/** @param {import("../shapes.js").Trade} trade @param {number} to */
function meaning(trade, to) {
  const text = isStructure(trade) ? leaveText(to) : trade.legs[0]?.side === "SHORT" ? null : meaningText({ entry: trade.entry_price, level: to, stop: trade.initial_sl });
  return text === null ? "" : `: ${text}`;
}
