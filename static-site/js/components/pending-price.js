/** Another price for an entry that waits, with the market beside it: a form that slides down under the row. */
import { price, timeZoned } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { shortName } from "../lib/legs.js";
import { faultOf, readPrice, senseOf, typedPrice } from "../lib/typed-price.js";
import { closeDialog } from "../state/dialogs.js";
import { readTouch } from "../state/quote-of.js";
import { reprice } from "../state/reprice.js";
import { PriceField } from "./field.js";

/** @typedef {import("../shapes.js").Trade} Trade */

/** @param {{ trade: Trade }} props */
export function PendingPrice({ trade }) {
  const sense = senseOf(trade);
  const [typed, setTyped] = useState(typedPrice(trade.limit_price, sense));
  const [isBusy, setBusy] = useState(false);
  const [touch, setTouch] = useState(/** @type {import("../state/quote-of.js").Touch | null} */ (null));
  useEffect(() => {
    let isGone = false;
    void readTouch(trade).then((found) => isGone || setTouch(found));
    return () => {
      isGone = true;
    };
  }, []);
  const level = readPrice(typed, sense);
  const isChanged = level !== null && level !== trade.limit_price;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!isChanged || isBusy || level === null) return;
    setBusy(true);
    closeDialog();
    await reprice(trade, level);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // one step back is enough
    closeDialog();
  };
  return html`
    <form class="adjust" aria-label=${`Reprice ${shortName(trade)}`} onSubmit=${submit} onKeyDown=${onKey}>
      <p class="adjust-facts figure">${quoteText(trade, touch)}</p>
      <div class="adjust-fields">
        <${PriceField} label="Limit price" value=${typed} onInput=${setTyped} name="limit_price" autofocus error=${faultOf(typed, level)}
          after=${touch !== null && touch.mid !== null && html`<button type="button" class="button-link" onClick=${() => setTyped(typedPrice(touch.mid, sense))}>Mid</button>`} />
        <div class="adjust-actions">
          <button type="submit" class="button" data-kind="primary" disabled=${!isChanged || isBusy}>Cancel and replace</button>
          <button type="button" class="button" onClick=${closeDialog}>Keep it</button>
        </div>
      </div>
      <p class="field-hint">The waiting order is canceled first; the new one is sent once the broker has confirmed that. What fills meanwhile stays.</p>
    </form>
  `;
}

/** @param {Trade} trade @param {import("../state/quote-of.js").Touch | null} touch */
function quoteText(trade, touch) {
  if (touch === null) return "Reading the market…";
  if (touch.bid === null && touch.ask === null) return "Nobody quotes this contract now.";
  const away = touch.ask === null || trade.limit_price === null ? "" : ` · ${price(Math.abs(Math.round((touch.ask - trade.limit_price) * 100) / 100))} from the ask`;
  return `Bid ${price(touch.bid)} · Mid ${price(touch.mid)} · Ask ${price(touch.ask)}${away} · ${timeZoned(touch.at)} · waits since ${timeZoned(trade.created_at)}, until the close`;
}
