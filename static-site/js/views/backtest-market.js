/** Over which market: made up from a seed, or one of the loaded sets that have chains of the strategy's underlying. */
import { Choice } from "../components/choice.js";
import { Field } from "../components/field.js";
import { calendarDate, count } from "../lib/format.js";
import { RECORDED } from "../lib/backtest-draft.js";
import { SOURCES } from "../lib/backtest-words.js";
import { html } from "../lib/html.js";
import { readSets, sets, setsError } from "../state/backtests.js";

/** @typedef {import("../lib/backtest-draft.js").Draft} Draft */
/** @typedef {import("../shapes-backtests.js").BacktestSet} BacktestSet */

const MADE_UP = ["synthetic", RECORDED];
const STORED = "stored";

/** @param {string} source */
export const isMadeUp = (source) => MADE_UP.includes(source);

/** A set's days of an underlying, where it has any. @param {BacktestSet} set @param {string} symbol */
const ofSymbol = ({ underlyings }, symbol) => underlyings.find((one) => one.symbol === symbol) ?? null;

/** Those that a source offers for an underlying. @param {string} source @param {string} symbol */
function offered(source, symbol) {
  const known = (sets.value ?? []).filter((set) => source === STORED || set.source === source);
  return known.flatMap((set) => {
    const days = ofSymbol(set, symbol);
    return days === null ? [] : [{ set, days }];
  });
}

/** Markets worth offering: what is made up, what is loaded for the underlying, and what is chosen. @param {string} symbol @param {string} chosen */
function markets(symbol, chosen) {
  if (setsError.value !== null) return SOURCES;
  return SOURCES.filter(([source]) => isMadeUp(source) || source === chosen || offered(source, symbol).length > 0);
}

/** @param {{ draft: Draft, set: (change: Partial<Draft>) => void, symbol: string, faults: Record<string, string> }} props */
export function BacktestMarket({ draft, set, symbol, faults }) {
  const hasNone = sets.value !== null && setsError.value === null && offered(STORED, symbol).length === 0;
  return html`
    <div>
      <${Choice} label="Market" value=${draft.source} onChoose=${(/** @type {string} */ source) => set({ source, file: "" })} options=${markets(symbol, draft.source)} />
      ${hasNone && html`<p class="field-hint">No recorded chains of ${symbol} are loaded here</p>`}
    </div>
    ${
      isMadeUp(draft.source)
        ? html`<${Field} label="Seed" name="seed" value=${draft.seed} onInput=${(/** @type {string} */ seed) => set({ seed })} error=${faults.seed ?? null}
            inputmode="numeric" class="figure" hint="The same seed gives the same market" />`
        : html`<${LoadedSet} draft=${draft} set=${set} symbol=${symbol} fault=${faults.file ?? null} />`
    }
  `;
}

/** @param {{ draft: Draft, set: (change: Partial<Draft>) => void, symbol: string, fault: string | null }} props */
function LoadedSet({ draft, set, symbol, fault }) {
  if (setsError.value !== null) {
    const again = html`<button type="button" class="button-link" onClick=${() => void readSets()}>Try again</button>`;
    return html`<${Field} label="Set" name="file" value=${draft.file} onInput=${(/** @type {string} */ file) => set({ file })} error=${fault} placeholder="The only one" hint=${html`What is loaded could not be read: ${setsError.value} ${again}`} />`;
  }
  const known = offered(draft.source, symbol);
  const chosen = known.find((one) => one.set.file === draft.file) ?? (known.length === 1 ? known[0] : null);
  const first = draft.source === STORED ? [["", "The one with most of the days"]] : known.length === 1 ? [] : [["", "Choose one"]];
  const gone = draft.file !== "" && chosen === null ? [[draft.file, `${draft.file}, not loaded any more`]] : [];
  const options = [...first, ...gone, ...known.map((one) => [one.set.file, one.set.file])];
  return html`
    <div>
      <${Choice} label="Set" value=${chosen?.set.file ?? draft.file} onChoose=${(/** @type {string} */ file) => set({ file })} options=${options} />
      ${fault !== null && html`<p class="field-error">${fault}</p>`}
      ${known.length === 0 && sets.value !== null && html`<p class="field-hint">Nothing that is loaded has chains of ${symbol}.</p>`}
      ${chosen !== null && html`<${Days} days=${chosen.days} set=${set} />`}
    </div>
  `;
}

/** What a set has, taken over by one press. @param {{ days: BacktestSet["underlyings"][number], set: (change: Partial<Draft>) => void }} props */
const Days = ({ days: { from, to, days, symbol }, set }) => html`
  <p class="field-hint">${symbol} ${calendarDate(from)} to ${calendarDate(to)}, ${count(days)} days. <button type="button" class="button-link" onClick=${() => set({ from, to })}>Test over all of them</button></p>
`;
