/** What is to be tested: which strategy, which days, over which market, what fills cost, what may be taken for granted, which values to try. */
import { newKey } from "../api.js";
import { Choice } from "../components/choice.js";
import { Failed, Loading } from "../components/empty.js";
import { Field } from "../components/field.js";
import { plural, easternDay } from "../lib/format.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { ASSUMABLE, FILLS, sweptOf } from "../lib/backtest-words.js";
import { bodyOf, draftOf, proposed, RECORDED, setsOf, THEN } from "../lib/backtest-draft.js";
import { ApiProblem, ConnectionLost, fieldErrors, sentence } from "../lib/problems.js";
import { ask, opened, openErrors, readRun, readSets, readTestable, testable, testableError } from "../state/backtests.js";
import { serverNow } from "../state/clock.js";
import { address, go } from "../state/route.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { BacktestMarket, isMadeUp } from "./backtest-market.js";

/** @typedef {import("../lib/backtest-draft.js").Draft} Draft */
/** @typedef {import("../state/backtests.js").Backtest} Backtest */

const DAY_MS = 86_400_000;
const YEAR_DAYS = 365;
const SETS_MAX = 100;

/** `new`, a strategy's id, or `again:` and a backtest's. @param {{ from: string }} props */
export function BacktestForm({ from }) {
  const id = from.startsWith("again:") ? from.slice("again:".length) : null;
  const before = id === null ? null : (opened.value.get(id) ?? null);
  useEffect(() => {
    void readSets();
    if (id !== null && before === null) void readRun(id);
  }, [id]);
  if (id !== null && before === null) {
    const error = openErrors.value.get(id);
    return error === undefined ? html`<${Loading} what="what was tested" />` : html`<${Failed} what="What was tested" error=${error} onRetry=${() => readRun(id)} />`;
  }
  if (testable.value === null) {
    return testableError.value === null ? html`<${Loading} what="strategies" />` : html`<${Failed} what="Your strategies" error=${testableError.value} onRetry=${readTestable} />`;
  }
  if (testable.value.length === 0 && before === null) {
    return html`<div class="empty"><h2>There is no strategy to test yet</h2><p>Build one on the desk; it need not be on to be tested.</p><a class="button" data-kind="primary" href=${address("desk", { build: "new" })}>Build a strategy</a></div>`;
  }
  return html`<${Form} first=${before === null ? proposed(known(from), lastYear()) : draftOf(before.request)} before=${before} />`;
}

/** @param {string} from */
const known = (from) => (testable.value ?? []).find(({ id }) => id === from)?.id ?? testable.value?.[0]?.id ?? "";

function lastYear() {
  const yesterday = serverNow() - DAY_MS;
  return { from: easternDay(yesterday - YEAR_DAYS * DAY_MS), to: easternDay(yesterday) };
}

/** @param {{ first: Draft, before: Backtest | null }} props */
function Form({ first, before }) {
  const [draft, setDraft] = useState(first);
  const [faults, setFaults] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const key = useRef({ text: "", key: "" });
  const set = (/** @type {Partial<Draft>} */ change) => setDraft({ ...draft, ...change });
  const sets = setsOf(draft);
  const then = before?.request.strategy ?? null;
  const chosen = draft.strategy === THEN ? then : (testable.value ?? []).find(({ id }) => id === draft.strategy);
  const swept = sweptOf(chosen?.type ?? "");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const body = bodyOf(draft, then);
    const text = JSON.stringify(body);
    if (key.current.text !== text) key.current = { text, key: newKey() }; // one intention, however often it is sent
    setBusy(true);
    setFaults({});
    setRefusal(null);
    try {
      go("backtests", { run: await ask(body, key.current.key) });
    } catch (error) {
      const found = fieldErrors(error);
      setFaults(found);
      if (error instanceof ApiProblem && error.status < 500) key.current = { text: "", key: "" };
      setRefusal(refusalOf(error, found));
      setBusy(false);
    }
  };
  const field = (/** @type {keyof Draft & string} */ name, /** @type {string} */ label, /** @type {Record<string, any>} */ more = {}) => html`
    <${Field} label=${label} name=${name} value=${draft[name]} onInput=${(/** @type {string} */ value) => set({ [name]: value })} error=${faults[name] ?? null} ...${more} />
  `;
  return html`
    <section class="panel backtest-form" aria-labelledby="backtest-form">
      <h2 id="backtest-form">${before === null ? "New backtest" : "Test again"}</h2>
      <form class="form" onSubmit=${submit}>
        <div class="form-grid">
          <${Choice} label="Strategy" value=${draft.strategy} onChoose=${(/** @type {string} */ to) => set({ strategy: to })}
            options=${[...(then === null ? [] : [[THEN, `${then.name}, as it was tested`]]), ...(testable.value ?? []).map(({ id, name, underlying }) => [id, `${name} · ${underlying}`])]} />
          ${field("from", "From", { type: "date", max: draft.to || null })}
          ${field("to", "To", { type: "date", min: draft.from || null })}
        </div>
        <div class="form-grid">
          <${BacktestMarket} draft=${draft} set=${set} symbol=${chosen?.underlying ?? ""} faults=${faults} />
          <${Choice} label="Fills" value=${draft.fill_rule} onChoose=${(/** @type {string} */ to) => set({ fill_rule: to })} options=${FILLS} />
          ${draft.fill_rule === "mid_pct" && field("slippage_pct", "Beyond the mid", { inputmode: "decimal", class: "figure", after: html`<span class="unit">%</span>` })}
        </div>
        ${isMadeUp(draft.source) && html`<p class="panel-note">${draft.source === RECORDED ? "Prices and VIX are those of the days; chains are made around them." : "Prices, VIX and chains are drawn from the seed; no data are needed."} No result on a made-up market says anything about a real one: it shows how the rules behave.</p>`}

        <h3>Try values</h3>
        <p class="panel-note">A sweep goes through every set of these values and draws a map of what each made. ${sets > 1 && html`<strong class="figure" data-tone=${sets > SETS_MAX ? "warn" : null}>${plural(sets, "set")}${sets > SETS_MAX ? `, ${SETS_MAX} at most` : ""}.</strong>`}</p>
        <div class="form-grid">
          <${Choice} label="Down" value=${draft.first} onChoose=${(/** @type {string} */ to) => set({ first: to })} options=${[["", "Nothing"], ...swept.filter(([path]) => path !== draft.second)]} />
          ${field("firstValues", "Its values", { placeholder: "0.10, 0.16, 0.22", disabled: draft.first === "", inputmode: "text" })}
          <${Choice} label="Across" value=${draft.second} onChoose=${(/** @type {string} */ to) => set({ second: to })} options=${[["", "Nothing"], ...swept.filter(([path]) => path !== draft.first)]} />
          ${field("secondValues", "Its values", { placeholder: "100, 150, 200", disabled: draft.second === "", inputmode: "text" })}
        </div>
        ${faults.sweep !== undefined && html`<p class="field-error" role="alert">Values: ${faults.sweep}</p>`}

        <details class="kpis-more" open=${draft.assume.length > 0}>
          <summary>Capital, costs, and what to take for granted</summary>
          <div class="form-grid">
            ${field("initial_capital", "Capital", { inputmode: "decimal", class: "figure", after: html`<span class="unit">$</span>` })}
            ${field("commission", "Commission a contract", { inputmode: "decimal", class: "figure", after: html`<span class="unit">$</span>` })}
          </div>
          <fieldset class="assume">
            <legend>Where these data are missing, let their gates pass</legend>
            <p class="panel-note">What is missing fails its gate, as it does live. What is assumed is said on the result's first lines.</p>
            <div class="checks">
              ${ASSUMABLE.map(
                ([name, text]) => html`
                  <label class="check-pill" key=${name}>
                    <input type="checkbox" checked=${draft.assume.includes(name)} onChange=${() => set({ assume: draft.assume.includes(name) ? draft.assume.filter((each) => each !== name) : [...draft.assume, name] })} />
                    <span>${text}</span>
                  </label>
                `,
              )}
            </div>
          </fieldset>
        </details>
        ${refusal !== null && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
        <div class="form-actions">
          <button type="submit" class="button" data-kind="primary" disabled=${isBusy || !isOnline.value} title=${isOnline.value ? null : OFFLINE}>${isBusy ? "Asking…" : "Run the test"}</button>
          <a class="button" href=${address("backtests", before === null ? {} : { run: before.id })}>Cancel</a>
        </div>
      </form>
    </section>
  `;
}

/** What stands at no field of the form is said here. @param {unknown} error @param {Record<string, string>} found */
function refusalOf(error, found) {
  if (error instanceof ConnectionLost) return "No answer from the server. Sending again is safe: the same test is never begun twice.";
  if (error instanceof ApiProblem && error.word === "risk-limit") return "Three backtests run at a time. Wait for one of them, or cancel it.";
  const elsewhere = Object.entries(found).filter(([name]) => !["from", "to", "seed", "file", "slippage_pct", "initial_capital", "commission", "sweep"].includes(name));
  if (Object.keys(found).length === 0) return sentence(error);
  return elsewhere.length === 0 ? null : elsewhere.map(([name, what]) => `${(name.split(".").at(-1) ?? name).replaceAll("_", " ")} ${what}`).join(". ");
}
