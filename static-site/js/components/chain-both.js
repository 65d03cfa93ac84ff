/** The chain with calls left and puts right of the strike: a touch on an ask buys that contract as a leg, on a bid sells it. */
import { LEGS_MAX } from "../lib/build-legs.js";
import { byStrike, toMoney } from "../lib/chain-rows.js";
import { price, strike as strikeText } from "../lib/format.js";
import { html, useEffect, useRef } from "../lib/html.js";
import { draft } from "../state/ticket-draft.js";
import { touchPrice } from "../state/ticket-legs.js";
import { chain } from "../state/ticket-market.js";

/** @typedef {import("../shapes.js").Contract} Contract */
/** @typedef {"LONG" | "SHORT"} Side */

const KEY_STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
});

export function ChainBoth() {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const known = chain.value;
  useEffect(() => toMoney(frame.current), [known?.underlying, known?.expiry]);
  if (known === null) return null;
  const rows = byStrike(known.items);
  const spot = known.underlying_price;
  const firstAbove = spot === null ? null : (rows.find((row) => row.strike >= spot)?.strike ?? null);
  const isFull = draft.value.legs.length >= LEGS_MAX;
  return html`
    <div class="chain-scroll chain-both" data-tall=${draft.value.legs.length === 0 ? "" : null} ref=${frame} onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveFocus(frame.current, event)}>
      <table>
        <thead>
          <tr><th scope="colgroup" colspan="2">Call</th><th scope="col" rowspan="2">Strike</th><th scope="colgroup" colspan="2">Put</th></tr>
          <tr><th scope="col">Bid</th><th scope="col">Ask</th><th scope="col">Bid</th><th scope="col">Ask</th></tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ strike, call, put }) => html`
              <tr key=${strike} data-at-money=${strike === firstAbove ? "" : null}>
                <${Prices} contract=${call} isReached=${strike === firstAbove} isFull=${isFull} />
                <th scope="row">${strikeText(strike)}</th>
                <${Prices} contract=${put} isReached=${strike === firstAbove} isFull=${isFull} />
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
    ${isFull && html`<p class="detail-note">Four legs are the most.</p>`}
  `;
}

/** @param {{ contract: Contract | null, isReached: boolean, isFull: boolean }} props */
function Prices({ contract, isReached, isFull }) {
  if (contract === null) return html`<td></td><td></td>`;
  const { option_type: right, strike } = contract;
  const { legs, expiry } = draft.value;
  const leg = legs.find((each) => each.option_type === right && each.strike === strike && each.expiry === expiry) ?? null;
  const cell = (/** @type {Side} */ side, /** @type {number | null} */ value) => {
    const isChosen = leg?.side === side;
    const what = `${side === "LONG" ? "Buy" : "Sell"} the ${strikeText(strike)} ${right === "PUT" ? "put" : "call"} at ${price(value)}`;
    return html`
      <td><button type="button" class="price-cell" data-side=${side} aria-pressed=${String(isChosen)} aria-label=${what}
        disabled=${leg === null && (isFull || value === null || value <= 0)} tabindex=${isReached ? 0 : -1}
        onClick=${() => touchPrice(right, side, strike)}>${price(value)}</button></td>
    `;
  };
  return html`${cell("SHORT", contract.bid)}${cell("LONG", contract.ask)}`;
}

/** Arrow keys walk from price to price. @param {HTMLElement | null} frame @param {KeyboardEvent} event */
function moveFocus(frame, event) {
  const step = KEY_STEPS[event.key];
  const from = /** @type {HTMLElement | null} */ (event.target)?.closest("td");
  if (step === undefined || frame === null || !from) return;
  event.preventDefault();
  const rows = [...frame.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")]);
  const rowAt = rows.findIndex((cells) => cells.includes(/** @type {any} */ (from)));
  const columnAt = rows[rowAt].indexOf(/** @type {any} */ (from));
  const button = rows[rowAt + step[0]]?.[columnAt + step[1]]?.querySelector("button");
  button?.focus();
  button?.scrollIntoView({ block: "nearest" });
}
