/** The journal: every decision with what became of it, its reasons, and the rules that it failed. */
import { Chip } from "../components/chip.js";
import { Choice } from "../components/choice.js";
import { Loading } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { LazyDetail } from "../components/lazy-detail.js";
import { count, money, percent, price, timeShort } from "../lib/format.js";
import { byDay } from "../lib/by-day.js";
import { html, useEffect, useId, useState } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { changeKindName, confidenceText, constraintName, decisionWord, outcomeName, outcomeText, OUTCOMES, quantityOf, targetsText } from "../lib/trading-words.js";
import { readDetail } from "../state/details.js";
import { narrow, params } from "../state/route.js";
import { readContext, readSignal } from "../state/trading-context.js";
import { decisions, hasOlder, readOlder, traderOf, traders } from "../state/trading.js";
import { Constraints } from "./trading-constraints.js";

/** @typedef {import("../state/trading.js").Decision} Decision */

const TONES = /** @type {Record<string, string>} */ ({ EXECUTED: "accent", AWAITING_APPROVAL: "warn" });

export function TradingJournal() {
  const { trader = "", outcome = "", trade = "" } = params.value;
  const set = (/** @type {Record<string, string>} */ change) => narrow({ part: "journal", trader, outcome, trade, ...change });
  const shown = decisions.value ?? [];
  return html`
    <section class="panel" aria-labelledby="trading-journal">
      <div class="panel-head">
        <h2 id="trading-journal">Decisions</h2>
        <div class="filters trading-filters">
          <${Choice} label="Trader" value=${trader} options=${[["", "All traders"], ...(traders.value ?? []).map(({ id, name }) => [id, name])]} onChoose=${(/** @type {string} */ to) => set({ trader: to })} />
          <${Choice} label="Outcome" value=${outcome} options=${[["", "All outcomes"], ...OUTCOMES.map((each) => [each, outcomeName(each)])]} onChoose=${(/** @type {string} */ to) => set({ outcome: to })} />
        </div>
      </div>
      ${trade !== "" && html`<p class="panel-note">About one position, from its signal on. <button type="button" class="button-link" onClick=${() => set({ trade: "" })}>Show all decisions</button></p>`}
      ${decisions.value === null && html`<${Loading} what="the decisions" />`}
      ${decisions.value !== null && shown.length === 0 && html`<p class="panel-note">Nothing was decided that fits.</p>`}
      ${byDay(shown).map(
        ([day, of]) => html`
          <h3 key=${day} class="journal-day">${day}</h3>
          <ol key=${`of ${day}`} class="journal">${of.map((one) => html`<${Item} key=${one.id} one=${one} />`)}</ol>
        `,
      )}
      ${hasOlder.value && html`<p class="more"><button type="button" class="button" onClick=${readOlder}>Show older</button></p>`}
    </section>
  `;
}

/** @param {{ one: Decision }} props */
function Item({ one }) {
  const [isOpen, setOpen] = useState(false);
  const place = useId();
  const failed = (one.validation?.constraints ?? []).filter(({ satisfied }) => !satisfied);
  const names = one.outcome === "VALIDATION_FAILED" ? failed.map(({ name }) => constraintName(name)).join(", ") : "";
  const why = names !== "" ? names : one.outcome === "QUEUED" ? outcomeText(one) : one.reasoning;
  return html`
    <li class="journal-item" data-decision=${one.id}>
      <button type="button" class="unfold journal-head" aria-expanded=${String(isOpen)} aria-controls=${place} onClick=${() => setOpen(!isOpen)}>
        <${Icon} name="chevron" />
        <time class="figure" datetime=${one.at}>${timeShort(one.at)}</time>
        <span class="journal-what"><span class="figure">${one.symbol}</span> ${decisionWord(one.decision)} <span class="figure-side">${confidenceText(one.confidence)}</span></span>
        <${Chip} tone=${TONES[one.outcome] ?? "plain"}>${outcomeName(one.outcome)}<//>
        <span class="journal-why">${why}</span>
      </button>
      <div id=${place}>${isOpen && html`<${Whole} one=${one} />`}</div>
    </li>
  `;
}

/** @param {{ one: Decision }} props */
function Whole({ one }) {
  const said = [
    traderOf(one.trader_id)?.name ?? "a removed trader",
    one.source === "RULE_FALLBACK" ? "rules alone: no model answered" : one.model,
    one.prompt_version === null ? null : `prompt ${one.prompt_version}`,
    one.latency_ms === null ? null : `${count(Math.round(one.latency_ms / 100) / 10)} s`,
    one.tokens === null ? null : `${count(one.tokens.prompt)} + ${count(one.tokens.answer)} tokens`,
    one.cost_usd === null ? null : `${one.cost_usd < 0.01 && one.cost_usd > 0 ? "under a cent" : money(one.cost_usd)}`,
  ].filter(Boolean);
  return html`
    <div class="journal-whole">
      ${outcomeText(one) !== null && html`<p><strong>${outcomeText(one)}</strong></p>`}
      <p class="trading-words" data-whole>${one.reasoning}</p>
      <${StartedBy} one=${one} />
      ${one.stop_loss !== null && html`<p class="figure panel-note">${one.entry_price === null ? "At market" : `At ${price(one.entry_price)}`}, ${count(quantityOf(one))}, stop ${price(one.stop_loss)}, targets ${targetsText(one.take_profits)}</p>`}
      ${one.modifications.map((change, index) => html`<p key=${index} class="panel-note"><strong>${changeKindName(change.kind)}</strong>${change.new_stop !== null && ` to ${price(change.new_stop)}`}: ${change.reason}</p>`)}
      <${Constraints} one=${one} />
      <p class="panel-note">${said.join(" · ")}</p>
      <${Context} id=${one.id} />
      ${one.trade_id !== null && html`<${Trade} id=${one.trade_id} />`}
    </div>
  `;
}

/** The signal that started it. @param {{ one: Decision }} props */
function StartedBy({ one: { signal_id: id, trader_id: trader } }) {
  const [signal, setSignal] = useState(/** @type {import("../shapes-trading.js").TraderSignal | null} */ (null));
  useEffect(() => {
    if (id !== null) readSignal(trader, id).then(setSignal, () => {}); // without it the decision says the same
  }, [id]);
  if (id === null) return html`<p class="panel-note">No signal: the position was looked at again.</p>`;
  return signal === null ? null : html`<p class="panel-note">Signal by ${signal.source === "WEBHOOK" ? "webhook" : "filter"}, ${percent(signal.setup_score * 100)} of its rules, candle of ${timeShort(signal.candle)}</p>`;
}

/** What the model was told and its own words, as they were. @param {{ id: string }} props */
function Context({ id }) {
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  const toggle = () => {
    if (shown !== null) setShown(null);
    else void readContext(id).then(setShown, (error) => setShown(sentence(error)));
  };
  return html`
    <p><button type="button" class="button-link" aria-expanded=${String(shown !== null)} onClick=${toggle}>${shown === null ? "What the model was told, and its answer" : "Hide what the model was told"}</button></p>
    ${shown !== null && html`<pre class="journal-raw" tabindex="0">${shown}</pre>`}
  `;
}

/** @param {{ id: string }} props */
function Trade({ id }) {
  const [isOpen, setOpen] = useState(false);
  const toggle = () => {
    if (!isOpen) void readDetail(id);
    setOpen(!isOpen);
  };
  return html`
    <p><button type="button" class="button-link" aria-expanded=${String(isOpen)} onClick=${toggle}>${isOpen ? "Hide the trade" : "Show the trade"}</button></p>
    ${isOpen && html`<${LazyDetail} id=${id} />`}
  `;
}
