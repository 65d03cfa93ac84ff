/** The live chain of one expiry and right: one row a strike, chosen by radio button or by touching its row. */
import { singleRight } from "../lib/build-legs.js";
import { count, greek, price, strike, volatility } from "../lib/format.js";
import { expiryText } from "../lib/expiries.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { legText } from "../lib/legs.js";
import { serverNow } from "../state/clock.js";
import { draft, errors } from "../state/ticket-draft.js";
import { chooseStrike } from "../state/ticket-legs.js";
import { chain, isReadingMarket, readChain } from "../state/ticket-market.js";

/** The chain fills what is free until a strike is chosen, then folds to a line. */
export function StrikeTable() {
  const chosen = draft.value.legs[0]?.strike ?? null;
  const [isChanging, setChanging] = useState(false);
  useEffect(() => setChanging(false), [chosen]);
  if (chosen !== null && !isChanging && !errors.value["legs.0.strike"]) return html`<${Folded} onChange=${() => setChanging(true)} />`;
  return html`<${Strikes} />`;
}

/** `SPY 611 C · Mar 20 · change` @param {{ onChange: () => void }} props */
function Folded({ onChange }) {
  const { ticker, expiry, legs } = draft.value;
  return html`
    <p class="chain-folded figure">
      <span><strong>${ticker} ${legText(legs[0])}</strong> · ${expiryText(expiry, serverNow())}</span>
      <button type="button" class="button-link" onClick=${onChange}>Change strike</button>
    </p>
  `;
}

function Strikes() {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const known = chain.value;
  const right = singleRight(draft.value.shape, draft.value.kind);
  useEffect(() => scrollToMoney(frame.current), [known?.underlying, known?.expiry, right]);
  if (known === null) return null;
  const contracts = known.items.filter((each) => each.option_type === right);
  const spot = known.underlying_price;
  const firstAbove = spot === null ? null : (contracts.find((each) => each.strike >= spot)?.strike ?? null);
  return html`
    <section class="chain">
      <div class="chain-head">
        <h3>Strike</h3>
        <button type="button" class="button-link" onClick=${() => void readChain()} disabled=${isReadingMarket.value}>Read quotes again</button>
      </div>
      ${errors.value["legs.0.strike"] && html`<p class="field-error">${errors.value["legs.0.strike"]}</p>`}
      <div class="chain-scroll" ref=${frame}>
        <table>
          <thead>
            <tr>
              <th scope="col">Strike</th><th scope="col">Bid</th><th scope="col">Ask</th><th scope="col">Delta</th>
              <th scope="col">IV</th><th scope="col" class="wide-only">Vol</th><th scope="col" class="wide-only">OI</th>
            </tr>
          </thead>
          <tbody>
            ${contracts.map((each) => html`<${Row} key=${each.symbol} contract=${each} atMoney=${each.strike === firstAbove} spot=${spot} />`)}
          </tbody>
        </table>
        ${contracts.length === 0 && html`<p class="detail-note">Nothing is listed on this side.</p>`}
      </div>
    </section>
  `;
}

/** @param {{ contract: import("../shapes.js").Contract, atMoney: boolean, spot: number | null }} props */
function Row({ contract, atMoney, spot }) {
  const isChosen = draft.value.legs[0]?.strike === contract.strike;
  const choose = () => chooseStrike(contract.strike);
  const inMoney = spot !== null && (contract.option_type === "CALL" ? contract.strike < spot : contract.strike > spot);
  return html`
    <tr data-chosen=${isChosen ? "" : null} data-at-money=${atMoney ? "" : null} data-in-money=${inMoney ? "" : null} onClick=${isChosen ? null : choose}>
      <th scope="row">
        <label>
          <input type="radio" name="strike" value=${contract.strike} checked=${isChosen} onChange=${choose} />
          <span>${strike(contract.strike)}</span>
        </label>
      </th>
      <td>${price(contract.bid)}</td>
      <td>${price(contract.ask)}</td>
      <td>${greek(contract.delta)}</td>
      <td>${volatility(contract.iv)}</td>
      <td class="wide-only">${count(contract.volume)}</td>
      <td class="wide-only">${count(contract.open_interest)}</td>
    </tr>
  `;
}

/** Bring the strikes around the underlying's price into sight. @param {HTMLElement | null} frame */
function scrollToMoney(frame) {
  const row = /** @type {HTMLElement | null | undefined} */ (frame?.querySelector("[data-chosen], [data-at-money]"));
  if (frame && row) frame.scrollTop = row.offsetTop - frame.clientHeight / 2;
}
