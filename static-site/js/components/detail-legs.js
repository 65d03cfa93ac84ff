/** A structure unfolded: what it holds of each leg, at which price, and what that adds up to. */
import { count, greek, heldGreek, price, profit } from "../lib/format.js";
import { html } from "../lib/html.js";
import { hasExpiries, isApart, isStructure, legText, signOf } from "../lib/legs.js";
import { held } from "../lib/net-price.js";
import { originName } from "../lib/words.js";
import { Amount } from "./amount.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {import("../shapes.js").Leg} Leg */
/** @typedef {import("../shapes.js").LegMark} LegMark */

const GREEKS = /** @type {const} */ (["delta", "gamma", "theta", "vega"]);

/** @param {{ trade: Trade }} props */
export function DetailLegs({ trade }) {
  if (!isStructure(trade) && trade.legs.length < 2) return null;
  const marks = trade.leg_marks ?? [];
  const isOver = trade.is_locked;
  return html`
    <section class="mini legs-table">
      <h3>Legs</h3>
      <div class="mini-scroll" tabindex="0" role="region" aria-label="Legs">
        <table>
          <thead>
            <tr>
              <th scope="col">Leg</th><th scope="col">Qty</th><th scope="col">Entry</th>
              ${isOver ? html`<th scope="col">Exit</th>` : html`<th scope="col">Mark</th><th scope="col">P&L</th><th scope="col">Delta</th><th scope="col">Gamma</th><th scope="col">Theta / day</th><th scope="col">Vega</th>`}
            </tr>
          </thead>
          <tbody>${trade.legs.map((leg, index) => html`<${LegRow} key=${leg.symbol} leg=${leg} mark=${marks[index] ?? null} trade=${trade} />`)}</tbody>
          ${!isOver && html`<${Sum} trade=${trade} marks=${marks} />`}
        </table>
      </div>
      ${!isOver && html`<p class="detail-note">Greeks of what is held: shares, shares per dollar, dollars a day, dollars per volatility point.</p>`}
      ${trade.trigger_precision === "SNAPSHOT" && !isOver && (trade.sl_price !== null || trade.tp_price !== null) && html`<p class="detail-note">Stop and target of several legs are watched here with each mark; the broker does not hold them.</p>`}
    </section>
  `;
}

/** @param {Leg} leg */
const qtyText = (leg) => (leg.quantity === 0 ? "0" : `${signOf(leg) < 0 ? "−" : "+"}${count(leg.quantity)}`);

/** @param {{ leg: Leg, mark: LegMark | null, trade: Trade }} props */
function LegRow({ leg, mark, trade }) {
  const isEmpty = leg.quantity === 0;
  const name = `${leg.side === "SHORT" ? "Short" : "Long"} ${legText(leg, hasExpiries(trade.legs))}`;
  return html`
    <tr data-over=${isEmpty && !trade.is_locked ? "" : null}>
      <th scope="row">${name}${leg.origin !== null && html`<span class="figure-side">${originName(leg.origin)}</span>`}</th>
      <td class="figure">${qtyText(leg)}</td>
      <td class="figure">${price(leg.entry_price)}</td>
      ${
        trade.is_locked
          ? html`<td class="figure">${price(leg.close_price)}</td>`
          : html`
              <td class="figure">${isEmpty ? (leg.close_price === null ? "over" : `over at ${price(leg.close_price)}`) : price(mark?.current_price ?? null)}</td>
              <td class="figure"><${Amount} value=${isEmpty ? null : resultOf(leg, mark)} /></td>
              ${GREEKS.map((name) => html`<td class="figure" key=${name} title=${`${greek(mark?.[name] ?? null)} a share`}>${isEmpty ? "—" : greekText(name, greekOf(leg, mark, name))}</td>`)}
            `
      }
    </tr>
  `;
}

/** @param {{ trade: Trade, marks: LegMark[] }} props */
function Sum({ trade, marks }) {
  const inSum = (/** @type {(leg: Leg, mark: LegMark | null) => number | null} */ valueOf) =>
    trade.legs.reduce((/** @type {number | null} */ sum, leg, index) => {
      const value = leg.quantity === 0 ? 0 : valueOf(leg, marks[index] ?? null);
      return sum === null || value === null ? null : sum + value;
    }, 0);
  return html`
    <tfoot>
      <tr>
        <th scope="row">In sum</th><td></td><td class="figure">${price(trade.entry_price)}</td>
        <td class="figure">${isApart(trade) ? "" : price(trade.current_price)}</td>
        <td class="figure"><${Amount} value=${trade.unrealized_pnl} /></td>
        ${GREEKS.map((name) => html`<td class="figure" key=${name}>${greekText(name, inSum((leg, mark) => greekOf(leg, mark, name)))}</td>`)}
      </tr>
    </tfoot>
  `;
}

/** Shares have a delta of one, and no other Greek. @param {Leg} leg @param {LegMark | null} mark @param {typeof GREEKS[number]} name */
const greekOf = (leg, mark, name) => held(leg, leg.instrument === "EQUITY" ? (name === "delta" ? 1 : 0) : (mark?.[name] ?? null));

/** @param {typeof GREEKS[number]} name @param {number | null} value */
const greekText = (name, value) => (name === "theta" || name === "vega" ? profit(value === null ? null : Math.round(value * 100) / 100) : heldGreek(value));

/** @param {Leg} leg @param {LegMark | null} mark */
function resultOf(leg, mark) {
  const now = mark?.current_price ?? null;
  if (now === null || leg.entry_price === null) return null;
  return Math.round(signOf(leg) * (now - leg.entry_price) * leg.quantity * leg.multiplier * 100) / 100;
}
