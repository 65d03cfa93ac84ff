/** Trading live: what it needs, said before and by the server after; the disclaimer is accepted here, and that is kept with its time. Later, the end of its first trades' cap. */
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { count } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { ApiProblem, fieldErrors, sentence } from "../lib/problems.js";
import { RISK_NOTE } from "../lib/trading-words.js";
import { named } from "../lib/words.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { switchLive } from "../state/trading.js";

/** @typedef {import("../state/trading.js").Trader} Trader */

const LACKS = named({
  ELITE: "The tier Elite.",
  PAPER_TRADES: "Enough closed paper trades of this trader.",
  CONFIRMATION: "A live Binance account that is connected and switched on under Settings, More brokers, its number typed above.",
  SECOND_FACTOR: "A second factor on your sign-in: set one up in Settings.",
  DISCLAIMER: "The disclaimer, accepted.",
});

const CAP = "of at most 100 USDT each, two at a time";
const SWITCH = {
  title: "trade with real money?",
  said: `A model decides, and may be wrong many times in a row. Its first 100 live trades are ${CAP}.`,
  no: "Stay on paper",
  yes: "Switch live on",
};
const LIFT = {
  title: "trade with real money without the cap?",
  said: `Its first 100 live trades are ${CAP}. After them you may lift that: the trader's own sizes and limits hold from then on.`,
  no: "Keep the cap",
  yes: "Lift the cap",
};

/** @param {{ one: Trader, onClose: () => void }} props of one that is live already the cap is asked after */
export function TraderLive({ one, onClose }) {
  const lifts = one.trading.mode === "live";
  const words = lifts ? LIFT : SWITCH;
  const [typed, setTyped] = useState("");
  const [accepts, setAccepts] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState(/** @type {{ text: string, lacks: string[] } | null} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(null);
    try {
      await switchLive(one, { enable: true, disclaimer: accepts, ...(typed.trim() === "" ? {} : { confirm: typed.trim() }), ...(lifts ? { lift_cap: true } : {}) });
      onClose();
    } catch (error) {
      setRefusal({ text: Object.values(fieldErrors(error))[0] ?? sentence(error), lacks: lacksOf(error) });
      setBusy(false);
    }
  };
  return html`
    <${Dialog} title=${`Have ${one.name} ${words.title}`} kind="narrow" onClose=${onClose}>
      <p class="notice" data-tone="live"><strong>${RISK_NOTE}</strong> ${words.said}</p>
      <form class="form" onSubmit=${submit}>
        <${Field} label="Type your live Binance account's number to confirm" value=${typed} onInput=${setTyped} maxlength="40" spellcheck=${false} />
        <label class="check"><input type="checkbox" checked=${accepts} onChange=${() => setAccepts(!accepts)} /><span>I have read this and accept it: ${RISK_NOTE}</span></label>
        ${
          refusal !== null &&
          html`<div class="notice" data-tone="bad" role="alert">
            <p>${refusal.lacks.length === 0 ? refusal.text : lifts ? "Not lifted. What is missing:" : "Not switched on. What is missing:"}</p>
            ${refusal.lacks.length > 0 && html`<ul class="missing">${refusal.lacks.map((text) => html`<li key=${text}>${text}</li>`)}</ul>`}
          </div>`
        }
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${onClose} autofocus>${words.no}</button>
          <button type="submit" class="button" data-kind="live" disabled=${isBusy || !accepts || !isOnline.value} title=${isOnline.value ? null : OFFLINE}>${isBusy ? "Asking…" : words.yes}</button>
        </div>
      </form>
    <//>
  `;
}

/** What the server misses, in words. @param {unknown} error */
function lacksOf(error) {
  if (!(error instanceof ApiProblem) || !Array.isArray(error.body?.missing)) return [];
  const { have, need } = error.body.paper_trades ?? {};
  return error.body.missing.map((/** @type {string} */ word) => (word === "PAPER_TRADES" && typeof have === "number" ? `${count(need)} closed paper trades of this trader: it has ${count(have)}.` : LACKS(word)));
}
