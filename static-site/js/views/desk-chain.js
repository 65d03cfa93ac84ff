/** The chain: every strike of an expiry, calls left and puts right, with what a strategy would choose marked. */
import { Chip } from "../components/chip.js";
import { Choice } from "../components/choice.js";
import { Failed, Loading } from "../components/empty.js";
import { Segmented } from "../components/segmented.js";
import { age, calendarDate, change, count, direction, greek, price, strike as strikeText, volatility } from "../lib/format.js";
import { byStrike, toMoney } from "../lib/chain-rows.js";
import { byMonth, expiryText } from "../lib/expiries.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { vendorName } from "../lib/words.js";
import { serverNow } from "../state/clock.js";
import { strategies } from "../state/desk.js";
import { chainError, choice, forgetChain, isReadingChain, markChoiceOf, spotQuote, tradedDates, viewChain, viewed } from "../state/desk-chain.js";
import { whileLookedAt } from "../state/looked-at.js";
import { narrow, params } from "../state/route.js";
import { beat } from "../state/tick.js";

/** @typedef {import("../shapes.js").Contract} Contract */
/** @typedef {[string, string, (contract: Contract) => string]} Column its name, what it is, and its text */

const AGAIN_MS = 20_000;

/** What both sides show in one order beside the strike, and what follows outwards. @type {Record<string, { near: Column[], far: Column[] }>} */
const COLUMNS = {
  prices: {
    near: [
      ["Bid", "What selling one brings", (one) => price(one.bid)],
      ["Mid", "Between bid and ask", (one) => price(one.mid)],
      ["Ask", "What buying one takes", (one) => price(one.ask)],
    ],
    far: [
      ["Delta", "Shares", (one) => greek(one.delta)],
      ["IV", "Implied volatility, yearly", (one) => volatility(one.iv)],
      ["OI", "Open interest: contracts held", (one) => count(one.open_interest)],
      ["Vol", "Contracts traded today", (one) => count(one.volume)],
    ],
  },
  greeks: {
    near: [["Mid", "Between bid and ask", (one) => price(one.mid)]],
    far: [
      ["Delta", "Shares", (one) => greek(one.delta)],
      ["Gamma", "Shares per dollar", (one) => greek(one.gamma)],
      ["Theta", "Dollars per share and day", (one) => greek(one.theta)],
      ["Vega", "Dollars per share and point of volatility", (one) => greek(one.vega)],
      ["IV", "Implied volatility, yearly", (one) => volatility(one.iv)],
    ],
  },
};
const SETS = /** @type {[string, string][]} */ ([["prices", "Prices"], ["greeks", "Greeks"]]);
const SIDES = /** @type {[string, string][]} */ ([["CALL", "Calls"], ["both", "Both"], ["PUT", "Puts"]]);
/** A row each way, a page, to the money. */
const ROW_STEPS = /** @type {Record<string, number>} */ ({ ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 });

export function DeskChain() {
  const known = strategies.value ?? [];
  const { symbol = known[0]?.underlying ?? "SPY", expiry = "", strategy = "" } = params.value;
  const [columns, setColumns] = useState("prices");
  const [side, setSide] = useSide();
  const set = (/** @type {Record<string, string>} */ to) => narrow({ part: "chain", symbol, expiry, strategy, ...to });
  const read = async () => {
    const shown = await viewChain(symbol, expiry);
    if (shown !== "" && shown !== expiry) set({ expiry: shown });
  };
  useEffect(() => void read(), [symbol, expiry]);
  useEffect(() => whileLookedAt(AGAIN_MS, () => void read()), [symbol, expiry]);
  useEffect(() => forgetChain, []);
  const marked = known.find(({ id }) => id === strategy) ?? null;
  useEffect(() => {
    if (marked === null) choice.value = null;
    else void markChoiceOf(marked);
  }, [marked?.id, marked?.version]);
  return html`
    <section class="panel desk-chain" aria-labelledby="desk-chain">
      <div class="panel-head">
        <h2 id="desk-chain">Chain</h2>
        <${Spot} />
      </div>
      <div class="chain-tools">
        <${Symbol} key=${symbol} symbol=${symbol} onChoose=${(/** @type {string} */ to) => set({ symbol: to, expiry: "", strategy: "" })} />
        <label class="field"><span class="label">Expiry</span>
          <span class="field-box"><select name="expiry" value=${expiry} onChange=${(/** @type {any} */ event) => set({ expiry: event.currentTarget.value })}>
            ${byMonth(tradedDates()).map(([month, of]) => html`<optgroup key=${month} label=${month}>${of.map((date) => html`<option key=${date} value=${date} selected=${date === expiry}>${expiryText(date, serverNow())}</option>`)}</optgroup>`)}
          </select></span>
        </label>
        <${Choice} label="Mark the choice of" value=${strategy} onChoose=${(/** @type {string} */ to) => choose(to, known, set)}
          options=${[["", "No strategy"], ...known.map(({ id, name, underlying }) => [id, `${name} · ${underlying}`])]} />
        <${Segmented} label="Side" value=${side} options=${SIDES} onChoose=${setSide} />
        <${Segmented} label="Columns" value=${columns} options=${SETS} onChoose=${setColumns} />
      </div>
      <${Chosen} expiry=${expiry} onShow=${(/** @type {string} */ to) => set({ expiry: to })} />
      <${Body} columns=${COLUMNS[columns]} side=${side} onRetry=${read} />
    </section>
  `;
}

/** Both sides, or one where there is little room: that which a strategy would choose from, once it is known. @returns {[string, (side: string) => void]} */
function useSide() {
  const [side, setSide] = useState(() => (matchMedia("(width < 46rem)").matches ? "CALL" : "both"));
  const marked = choice.value;
  useEffect(() => {
    const rights = marked?.structure?.legs.map(({ option_type: right }) => right) ?? [];
    if (side !== "both" && rights.length > 0 && !rights.includes(side)) setSide(rights[0]);
  }, [marked]);
  return [side, setSide];
}

/** A strategy brings its underlying. @param {string} id @param {import("../state/desk.js").Strategy[]} known @param {(to: Record<string, string>) => void} set */
function choose(id, known, set) {
  const one = known.find((each) => each.id === id);
  set(one === undefined || one.underlying === viewed.value?.symbol ? { strategy: id } : { strategy: id, symbol: one.underlying, expiry: "" });
}

/** @param {{ symbol: string, onChoose: (symbol: string) => void }} props */
function Symbol({ symbol, onChoose }) {
  const [typed, setTyped] = useState(symbol);
  const take = () => {
    const named = typed.trim().toUpperCase();
    if (named !== "" && named !== symbol) onChoose(named);
  };
  return html`
    <form class="field" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      take();
    }}>
      <label class="label" for="chain-symbol">Underlying</label>
      <span class="field-box"><input id="chain-symbol" value=${typed} onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value.toUpperCase())} onBlur=${take} maxlength="10" autocapitalize="characters" autocomplete="off" spellcheck=${false} /></span>
    </form>
  `;
}

/** The underlying now, and how old the quotes are. */
function Spot() {
  void beat.value;
  const known = viewed.value;
  const quote = spotQuote.value;
  if (known === null) return null;
  const { chain } = known;
  const old = Math.max(0, (serverNow() - (chain.quoted_at === null ? known.readAtMs : Date.parse(chain.quoted_at))) / 1000);
  return html`
    <p class="panel-note figure" aria-busy=${isReadingChain.value ? "true" : null}>
      <strong>${known.symbol} ${price(chain.underlying_price ?? quote?.last ?? null)}</strong>
      ${quote !== null && html` <span class="amount" data-way=${direction(quote.change_pct)}>${change(quote.change_pct)}</span>`}
      ${" "}· ${age(old)} old${chain.source !== null && `, ${vendorName(chain.source)}`}${chain.delayed && html` <${Chip} tone="warn" title="These quotes are 15 minutes old">15 min<//>`}
    </p>
  `;
}

/** What the marked strategy would choose, and where it lies. @param {{ expiry: string, onShow: (expiry: string) => void }} props */
function Chosen({ expiry, onShow }) {
  const marked = choice.value;
  if (marked === null) return null;
  const { structure, why } = marked;
  if (structure === null) return html`<p class="notice" role="status">${why}</p>`;
  const legs = structure.legs.map(({ side, strike, option_type: right }) => `${side === "SHORT" ? "sell" : "buy"} ${strikeText(strike)} ${right === "CALL" ? "C" : "P"}`).join(", ");
  return html`
    <p class="notice figure" role="status">
      It would ${legs} on ${calendarDate(structure.expiry)}.
      ${structure.expiry !== expiry && html` <button type="button" class="button-link" onClick=${() => onShow(structure.expiry)}>Show that expiry</button>`}
    </p>
  `;
}

/** @param {{ columns: typeof COLUMNS.prices, side: string, onRetry: () => void }} props */
function Body({ columns, side, onRetry }) {
  const known = viewed.value;
  if (known === null) {
    return chainError.value === null ? html`<${Loading} what="the chain" />` : html`<${Failed} what="The chain" error=${chainError.value} onRetry=${onRetry} />`;
  }
  return html`
    ${chainError.value !== null && html`<p class="notice" data-tone="warn" role="status">${chainError.value} <button type="button" class="button-link" onClick=${onRetry}>Try again</button></p>`}
    <${Strikes} known=${known} columns=${columns} side=${side} />
  `;
}

/** @param {{ known: NonNullable<typeof viewed.value>, columns: typeof COLUMNS.prices, side: string }} props */
function Strikes({ known, columns: { near, far }, side }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const rows = byStrike(known.chain.items);
  const spot = known.chain.underlying_price;
  const firstAbove = rows.find(({ strike }) => spot !== null && strike >= spot)?.strike ?? null;
  useLayoutEffect(() => toMoney(frame.current), [known.symbol, known.expiry, side, near]);
  const marks = choice.value?.structure?.expiry === known.expiry ? (choice.value?.structure?.legs ?? []) : [];
  useLayoutEffect(() => toMarks(frame.current), [choice.value, known.expiry, side]);
  const right = [...near, ...far];
  const left = side === "both" ? [...[...far].reverse(), ...near] : right;
  const markOf = (/** @type {Contract | null} */ one) => marks.find(({ symbol }) => symbol === one?.symbol)?.side ?? null;
  if (rows.length === 0) return html`<p class="panel-note">Nothing is listed for this day.</p>`;
  return html`
    <div class="chain-scroll chain-view" ref=${frame} tabindex="0" role="region" aria-label="Strikes; arrow keys move from strike to strike" onKeyDown=${(/** @type {KeyboardEvent} */ event) => moveRow(frame.current, event)}>
      <table>
        <thead>
          ${side === "both" && html`<tr><th scope="colgroup" colspan=${right.length}>Calls</th><td></td><th scope="colgroup" colspan=${right.length}>Puts</th></tr>`}
          <tr>
            ${side === "both" && left.map(([name, what]) => html`<th key=${`call ${name}`} scope="col" title=${what}>${name}</th>`)}
            <th scope="col">Strike</th>
            ${right.map(([name, what]) => html`<th key=${`put ${name}`} scope="col" title=${what}>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ strike, call, put }) => html`
              <tr key=${strike} tabindex="-1" data-at-money=${strike === firstAbove ? "" : null}>
                ${side === "both" && html`<${Cells} of=${call} columns=${left} isIn=${spot !== null && strike < spot} mark=${markOf(call)} />`}
                <th scope="row">${strikeText(strike)}<${Mark} side=${markOf(call)} right="call" /><${Mark} side=${markOf(put)} right="put" /></th>
                ${side === "CALL" && html`<${Cells} of=${call} columns=${right} isIn=${spot !== null && strike < spot} mark=${markOf(call)} />`}
                ${side !== "CALL" && html`<${Cells} of=${put} columns=${right} isIn=${spot !== null && strike > spot} mark=${markOf(put)} />`}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
    <p class="panel-note">Shaded strikes are in the money. Greeks are per share.</p>
  `;
}

/** @param {{ side: string | null, right: string }} props */
const Mark = ({ side, right }) => (side === null ? null : html`<span class="chain-mark" data-side=${side} title=${`The strategy would ${side === "SHORT" ? "sell" : "buy"} this ${right}`}><span aria-hidden="true">${side === "SHORT" ? "−" : "+"}${right === "call" ? "C" : "P"}</span><span class="visually-hidden"> would ${side === "SHORT" ? "sell" : "buy"} the ${right}</span></span>`);

/** @param {{ of: Contract | null, columns: Column[], isIn: boolean, mark: string | null }} props */
const Cells = ({ of, columns, isIn, mark }) =>
  columns.map(([name, , look]) => html`<td key=${name} data-in-money=${isIn ? "" : null} data-chosen=${mark === null ? null : ""}>${of === null ? "" : look(of)}</td>`);

/** Bring what would be chosen into sight. @param {HTMLElement | null} frame */
function toMarks(frame) {
  const row = frame?.querySelector(".chain-mark")?.closest("tr");
  if (frame && row) frame.scrollTop = row.offsetTop - frame.clientHeight / 3;
}

/** @param {HTMLElement | null} frame @param {KeyboardEvent} event */
function moveRow(frame, event) {
  const step = ROW_STEPS[event.key];
  if (frame === null || step === undefined) return;
  event.preventDefault();
  const rows = /** @type {HTMLElement[]} */ ([...frame.querySelectorAll("tbody tr")]);
  const at = rows.findIndex((row) => row === document.activeElement);
  const start = at === -1 ? rows.findIndex((row) => row.dataset.atMoney === "") - step : at;
  const next = rows[Math.min(Math.max(start + step, 0), rows.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
