/** Paper beside live (B-11): what the same signals made on both, and by how much the paper model is too kind. */
import { Amount } from "../components/amount.js";
import { Empty, Failed, Loading } from "../components/empty.js";
import { Segmented } from "../components/segmented.js";
import { StaleNotice } from "../components/stale-notice.js";
import { TradeDetail } from "../components/trade-detail.js";
import { Why } from "../components/why.js";
import { age, calendarDate, change, count, dateTime, plural, price, priceNear } from "../lib/format.js";
import { html, useEffect, useState } from "../lib/html.js";
import { readDetail } from "../state/details.js";
import { narrow, params } from "../state/route.js";
import { readShadows, shadows, shadowsError } from "../state/shadows.js";

/** @typedef {import("../state/shadows.js").ShadowReport} Report */
/** @typedef {import("../shapes-backtests.js").ShadowCompared} Compared */
/** @typedef {import("../shapes-backtests.js").ShadowPair} Pair */

/** @type {[string, string][]} */
const SPANS = [["7", "7 d"], ["30", "30 d"], ["90", "90 d"], ["366", "1 y"]];
const USUAL = "30";
const PAIRS_FIRST = 30;
const NO_NEWS = "No pair has both.";

export function ShadowReport() {
  const { days = USUAL } = params.value;
  const again = () => void readShadows(Number(days));
  useEffect(again, [days]);
  const known = shadows.value;
  const isOld = known !== null && String(known.days) !== days;
  return html`
    <div class="backtest">
      <section class="panel shadow" aria-labelledby="shadow" aria-busy=${isOld ? "true" : null}>
        <div class="panel-head">
          <h2 id="shadow">Paper beside live</h2>
          <${Segmented} label="Days" value=${days} options=${SPANS} onChoose=${(/** @type {string} */ to) => narrow({ part: "shadow", days: to === USUAL ? "" : to })} />
        </div>
        ${shadowsError.value !== null && known !== null && html`<${StaleNotice} error=${shadowsError.value} onRetry=${again} />`}
        ${known === null ? (shadowsError.value === null ? html`<${Loading} what="both sides" />` : html`<${Failed} what="Paper beside live" error=${shadowsError.value} onRetry=${again} />`) : html`<${Body} known=${known} />`}
      </section>
      ${known !== null && known.items.length > 0 && html`<${Pairs} items=${known.items} />`}
    </div>
  `;
}

/** @param {{ known: Report }} props */
function Body({ known }) {
  if (known.pairs === 0) {
    return html`
      <${Empty} title=${`No live trade has had a shadow since ${calendarDate(known.from)}`}>
        <p>A strategy in the mode Shadow sends what it enters live to paper beside it, entry and exit. Here both are held against each other: fill prices, waiting, misses, P&L.</p>
      <//>
    `;
  }
  return html`
    <p class="panel-note">${plural(known.pairs, "pair")} entered since ${calendarDate(known.from)}. P&L counts those that are over on both sides. Errors above 0: the paper model is too kind.</p>
    ${known.by_strategy.map((one) => html`<${One} key=${one.strategy ?? ""} name=${one.strategy ?? "No strategy"} one=${one} />`)}
    ${known.by_strategy.length > 1 && html`<${One} name="All of them" one=${known} />`}
  `;
}

/** @param {{ name: string, one: Omit<Compared, "strategy"> }} props */
const One = ({ name, one }) => html`
  <div class="shadow-one" data-strategy=${name}>
    <h3>${name} <span class="figure-side">${plural(one.pairs, "pair")}</span></h3>
    <div class="mini-scroll" tabindex="0" role="region" aria-label=${`${name}, both sides`}>
      <table class="mini-table shadow-table">
        <thead><tr><th scope="col">Side</th>${["Filled", "Missed", "Worse than mid", "Time to fill", "P&L", "A trade"].map((text) => html`<th key=${text} scope="col" class="group-figure">${text}</th>`)}</tr></thead>
        <tbody><${Half} what="Live" half=${one.live} /><${Half} what="Paper" half=${one.paper} /></tbody>
      </table>
    </div>
    <p class="shadow-errors">
      <span>Paper too kind by, on average (and at worst):</span>
      <span>entry <${ErrorOf} of=${one.entry_error} look=${perShare} /> a share</span>
      <span>exit <${ErrorOf} of=${one.exit_error} look=${perShare} /> a share</span>
      <span>P&L <${ErrorOf} of=${one.pnl_error} look=${dollars} /> a trade</span>
    </p>
  </div>
`;

/** @param {{ what: string, half: Compared["live"] }} props */
const Half = ({ what, half }) => html`
  <tr>
  <th scope="row" data-side=${what}>${what}</th>
  <td class="group-figure figure">${count(half.filled)}</td>
  <td class="group-figure figure">${count(half.missed)}</td>
  <td class="group-figure figure">${half.slippage_pct === null ? html`<${Why} reason="No entry has both a fill and a mid." />` : change(half.slippage_pct)}</td>
  <td class="group-figure figure">${half.seconds_to_fill === null ? html`<${Why} reason="No entry was sent and filled." />` : age(half.seconds_to_fill)}</td>
  <td class="group-figure figure"><${Amount} value=${half.pnl} /></td>
  <td class="group-figure figure">${half.pnl_per_trade === null ? html`<${Why} reason="No pair is over on both sides." />` : html`<${Amount} value=${cents(half.pnl_per_trade)} />`}</td>
  </tr>
`;

/** @param {number} value */
const cents = (value) => Math.round(value * 100) / 100;
/** @param {number} value */
const perShare = (value) => `${value > 0 ? "+" : ""}${price(Math.round(value * 1000) / 1000)}`;
/** @param {number} value */
const dollars = (value) => html`<${Amount} value=${cents(value)} />`;

/** @param {{ of: Compared["pnl_error"], look: (value: number) => any }} props */
const ErrorOf = ({ of: { mean, worst, count: pairs }, look }) => (mean === null || worst === null ? html`<${Why} reason=${NO_NEWS} />` : html`<strong class="figure" title=${`over ${plural(pairs, "pair")}`}>${look(mean)}</strong> <span class="figure">(${look(worst)})</span>`);

/** @param {{ items: Pair[] }} props */
function Pairs({ items }) {
  const [isWhole, setWhole] = useState(false);
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  const show = (/** @type {string} */ id) => {
    void readDetail(id);
    setShown(id);
  };
  return html`
    <section class="panel" aria-labelledby="shadow-pairs">
      <h2 id="shadow-pairs">Each pair</h2>
      <div class="mini-scroll" tabindex="0" role="region" aria-label="Pairs">
        <table class="mini-table shadow-pairs">
          <thead>
            <tr>
              <th scope="col">Sent</th><th scope="col">Strategy</th>
              ${["Mid", "Live in", "Paper in", "Live out", "Paper out", "Live waited", "Paper waited", "Live P&L", "Paper P&L", "Error"].map((text) => html`<th key=${text} scope="col" class="group-figure">${text}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${(isWhole ? items : items.slice(0, PAIRS_FIRST)).map(
              (pair) => html`
                <tr key=${pair.live.trade_id}>
                  <th scope="row"><button type="button" class="button-link" onClick=${() => show(pair.live.trade_id)}>${dateTime(pair.live.sent_at)}<span class="visually-hidden">, show the live trade</span></button></th>
                  <td>${pair.strategy ?? "—"}</td>
                  <td class="group-figure figure">${priceNear(pair.mid)}</td>
                  <td class="group-figure figure">${pair.live.missed ? "missed" : priceNear(pair.live.entry_price)}</td>
                  <td class="group-figure figure">${pair.paper.missed ? "missed" : priceNear(pair.paper.entry_price)}</td>
                  <td class="group-figure figure">${priceNear(pair.live.close_price)}</td>
                  <td class="group-figure figure">${priceNear(pair.paper.close_price)}</td>
                  <td class="group-figure figure">${age(pair.live.seconds_to_fill)}</td>
                  <td class="group-figure figure">${age(pair.paper.seconds_to_fill)}</td>
                  <td class="group-figure figure"><${Amount} value=${pair.live.pnl} /></td>
                  <td class="group-figure figure"><${Amount} value=${pair.paper.pnl} /></td>
                  <td class="group-figure figure"><${Amount} value=${pair.pnl_error} /></td>
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
      ${!isWhole && items.length > PAIRS_FIRST && html`<button type="button" class="button" data-size="small" onClick=${() => setWhole(true)}>Show all ${items.length}</button>`}
      ${
        shown !== null &&
        html`<div class="excursion-detail">
          <button type="button" class="button" data-size="small" onClick=${() => setShown(null)}>Hide the trade</button>
          <${TradeDetail} key=${shown} id=${shown} />
        </div>`
      }
    </section>
  `;
}
