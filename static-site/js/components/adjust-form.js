/** Moving the stop and the target, or taking one of them away: a form that slides down under the row, with the market of now. */
import { price, timeZoned } from "../lib/format.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { isStructure, shortName } from "../lib/legs.js";
import { levelByPercent } from "../lib/levels.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { hasParts } from "../lib/quantities.js";
import { faultOf, leaveText, readPrice, senseOf, typedPrice } from "../lib/typed-price.js";
import { holdsShares } from "../lib/words.js";
import { factsById } from "../state/account.js";
import { adjustTrade } from "../state/actions.js";
import { market } from "../state/clock.js";
import { toggleDetail, unfolded } from "../state/details.js";
import { closeDialog } from "../state/dialogs.js";
import { isPhone } from "../state/narrow.js";
import { openTrades } from "../state/portfolio.js";
import { isOnline } from "../state/tick.js";
import { openOf, rowsOf, splitRows, TargetRows, targetsBody } from "./target-rows.js";
import { LevelField, meaningText, targetChips } from "./ticket-levels.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {import("./target-rows.js").Row} Row */

/** Only what differs is sent; null takes a leg away. @param {Trade} trade @param {number | null} stop @param {number | null} target @param {Row[] | null} rows */
function changesOf(trade, stop, target, rows) {
  const newStop = stop === trade.sl_price ? {} : { new_sl: stop };
  if (rows === null) return { ...newStop, ...(target === trade.tp_price ? {} : { new_tp: target }) };
  if (JSON.stringify(rows) === JSON.stringify(rowsOf(trade))) return newStop;
  return { ...newStop, targets: targetsBody(rows, trade) ?? [] };
}

/** Contracts can be cut into parts; several legs have one target, shares of an exercise none. @param {Trade} trade */
const maySplit = (trade) => !isStructure(trade) && !holdsShares(trade) && (openOf(trade) > 1 || hasParts(trade));

/** @param {{ trade: Trade }} props as it was when the form opened: what is sent is a change of that */
export function AdjustForm({ trade }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useEffect(() => takeFocus(form.current), []);
  const sense = senseOf(trade);
  const [stop, setStop] = useState(typedPrice(trade.sl_price, sense));
  const [target, setTarget] = useState(typedPrice(trade.tp_price, sense));
  const [rows, setRows] = useState(rowsOf(trade));
  const [isBusy, setBusy] = useState(false);
  const [byField, setByField] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const levels = { stop: readPrice(stop, sense), target: readPrice(target, sense) };
  const faults = { stop: faultOf(stop, levels.stop), target: faultOf(target, levels.target) };
  const hasFault = faults.stop !== null || faults.target !== null || (rows !== null && targetsBody(rows, trade) === null);
  const changes = hasFault ? {} : changesOf(trade, levels.stop, levels.target, rows);
  const isChanged = Object.keys(changes).length > 0;
  const isLong = !sense.isStructure && !holdsShares(trade) && !hasParts(trade) && trade.legs[0]?.side === "LONG";
  const entry = trade.entry_price;
  const mayDrag = trade.sl_price !== null || trade.tp_price !== null;
  const now = openTrades.value?.find(({ id }) => id === trade.id) ?? trade;
  const bid = factsById.value.get(trade.id)?.bid ?? null;
  const meaning = (/** @type {number | null} */ before, /** @type {string} */ typed, /** @type {number | null} */ level, /** @type {number | null} */ quote) =>
    removalHint(before, typed) ?? (sense.isStructure ? leaveText(level) : isLong ? meaningText({ entry, level, stop: levels.stop, bid: quote }) : null);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!isChanged || isBusy) return;
    setBusy(true);
    try {
      await adjustTrade(trade, changes);
      closeDialog();
    } catch (error) {
      const fields = fieldErrors(error);
      setByField(fields);
      setRefusal(Object.keys(fields).some((name) => /^(new_|targets)/.test(name)) ? null : sentence(error));
      setBusy(false);
    }
  };

  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // one step back is enough
    closeDialog();
  };
  return html`
    <form class="adjust" ref=${form} aria-label=${`Adjust ${shortName(trade)}`} onSubmit=${submit} onKeyDown=${onKey}>
      <p class="adjust-facts figure"><${Market} trade=${now} bid=${bid} ask=${factsById.value.get(trade.id)?.ask ?? null} /></p>
      <div class="adjust-fields">
        <${LevelField} label="Stop" value=${stop} onInput=${setStop} name="new_sl"
          error=${faults.stop ?? byField.new_sl ?? byField.sl_price ?? null} meaning=${meaning(trade.sl_price, stop, levels.stop, bid)}
          chips=${isLong ? stopChipsOf(entry) : []}
          after=${html`<${Remove} what="stop" value=${stop} onRemove=${() => setStop("")} />`} />
        ${
          rows === null
            ? html`<${LevelField} label="Target" value=${target} onInput=${setTarget} name="new_tp"
                error=${faults.target ?? byField.new_tp ?? byField.tp_price ?? null} meaning=${meaning(trade.tp_price, target, levels.target, null)}
                chips=${isLong ? targetChips(entry, levels.stop !== null && entry !== null && levels.stop < entry ? levels.stop : null) : []}
                after=${html`<${Remove} what="target" value=${target} onRemove=${() => setTarget("")} />`} />`
            : html`<${TargetRows} rows=${rows} open=${openOf(trade)} byField=${byField} onChange=${setRows} />`
        }
        <div class="adjust-actions">
          <button type="submit" class="button" data-kind="primary" disabled=${!isChanged || isBusy || !isOnline.value}>
            ${isBusy ? "Adjusting…" : "Adjust"}
          </button>
          <button type="button" class="button" onClick=${closeDialog}>Cancel</button>
        </div>
      </div>
      ${rows === null && maySplit(trade) && html`<p><button type="button" class="button-link" onClick=${() => setRows(splitRows(target, trade))}>Several targets</button></p>`}
      ${!isPhone.value && mayDrag && html`<p><button type="button" class="button-link" onClick=${() => {
        closeDialog();
        if (!unfolded.value.has(trade.id)) toggleDetail(trade.id);
      }}>Drag them in the chart instead</button></p>`}
      ${sense.isStructure && html`<p class="field-hint">Stop and target of several legs are watched here with each mark; the broker does not hold them.</p>`}
      ${market.value?.open === false && !hasParts(trade) && html`<p class="notice">The market is closed. The change waits for the open, and you can withdraw it.</p>`}
      ${refusal && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
    </form>
  `;
}

/** Entry, and the market as it is now. @param {{ trade: Trade, bid: number | null, ask: number | null }} props */
const Market = ({ trade, bid, ask }) =>
  html`Entry ${price(trade.entry_price)} · Mark ${price(trade.current_price)}${bid !== null && ` · Bid ${price(bid)} · Ask ${price(ask)}`}${trade.mark_at !== null && ` · ${timeZoned(trade.mark_at)}`}`;

/** @param {number | null} entry */
const stopChipsOf = (entry) => [
  { text: "Break-even", level: entry },
  { text: "−25%", level: entry === null ? null : levelByPercent(entry, -25) },
  { text: "−50%", level: entry === null ? null : levelByPercent(entry, -50) },
];

/** The first field takes the focus, and gives it back when the form goes. @param {HTMLFormElement | null} form */
function takeFocus(form) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  form?.querySelector("input")?.select();
  return () => {
    if (document.activeElement === document.body || form?.contains(document.activeElement)) before?.focus();
  };
}

/** @param {number | null} before @param {string} now */
const removalHint = (before, now) => (before !== null && now.trim() === "" ? `Will be removed (was ${price(before)}).` : null);

/** @param {{ what: string, value: string, onRemove: () => void }} props */
const Remove = ({ what, value, onRemove }) =>
  value.trim() === ""
    ? null
    : html`<button type="button" class="button-link" aria-label=${`Remove ${what}`} onClick=${onRemove}>Remove</button>`;
