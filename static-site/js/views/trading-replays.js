/** A trader over past candles, by its own answers: as it was, with other stops, targets and minimums, beside what happened. */
import { Choice } from "../components/choice.js";
import { Field } from "../components/field.js";
import { html, useEffect, useState } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { bodyOf, FIELDS, newVariant, VARIANTS_MAX } from "../lib/replay-draft.js";
import { serverNow } from "../state/clock.js";
import { askReplay, followReplay, goesOn, replay, replayError } from "../state/replays.js";
import { narrow, params } from "../state/route.js";
import { isOnline } from "../state/tick.js";
import { traderOf, traders } from "../state/trading.js";
import { ReplayResult } from "./trading-replay-result.js";

/** @typedef {import("../lib/replay-draft.js").Draft} Draft */
/** @typedef {import("../lib/replay-draft.js").Variant} Variant */

const DAY_MS = 86_400_000;
const WEEKS_MS = 14 * DAY_MS;
const ANSWERS = [["stored", "Answers as they were"], ["fresh", "Asked anew, which costs"]];
const dayOf = (/** @type {number} */ at) => new Date(at).toISOString().slice(0, 10);

export function Replays() {
  const shown = params.value.replay ?? "";
  const [isAsking, setAsking] = useState(false);
  useEffect(() => (shown === "" ? undefined : followReplay(shown)), [shown]);
  if ((traders.value ?? []).length === 0) return null;
  const one = replay.value?.id === shown ? replay.value : null;
  return html`
    <section class="panel replays" aria-labelledby="replays">
      <div class="panel-head">
        <h2 id="replays">Replay with other settings</h2>
        ${!isAsking && html`<button type="button" class="button wide-only" data-size="small" onClick=${() => setAsking(true)}>New replay</button>`}
      </div>
      <p class="panel-note">The same answers of the model over the same candles, with other stops, targets or minimums. A way to ask what the settings did, not what the model knew.</p>
      ${isAsking && html`<${Form} onClose=${() => setAsking(false)} />`}
      ${shown !== "" && replayError.value !== null && html`<p class="notice" data-tone="warn" role="alert">The replay could not be read: ${replayError.value}</p>`}
      ${one !== null && html`<h3>${traderOf(one.trader_id)?.name ?? "A removed trader"}, ${one.from.slice(0, 10)} to ${one.to.slice(0, 10)}</h3>`}
      ${one !== null && goesOn(one) && html`<p role="status"><span class="spinner" aria-hidden="true"></span> ${one.status === "queued" ? "Waiting for its turn" : `Under way, ${one.progress}%`}…</p>`}
      ${one !== null && !goesOn(one) && html`<${ReplayResult} one=${one} />`}
    </section>
  `;
}

/** @param {{ onClose: () => void }} props */
function Form({ onClose }) {
  const first = params.value.trader || (traders.value ?? [])[0]?.id || "";
  const [draft, setDraft] = useState(/** @type {Draft} */ ({ trader: first, from: dayOf(serverNow() - WEEKS_MS), to: dayOf(serverNow()), answers: "stored", variants: [newVariant(1)] }));
  const [faults, setFaults] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const set = (/** @type {Partial<Draft>} */ part) => setDraft({ ...draft, ...part });
  const vary = (/** @type {number} */ index, /** @type {Variant} */ to) => set({ variants: draft.variants.map((each, at) => (at === index ? to : each)) });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setFaults({});
    setRefusal(null);
    try {
      const id = await askReplay(bodyOf(draft));
      narrow({ ...params.value, part: "performance", replay: id });
      onClose();
    } catch (error) {
      const found = fieldErrors(error);
      setFaults(found);
      setRefusal(Object.keys(found).length > 0 ? Object.entries(found).map(([field, what]) => `${field.replaceAll("_", " ")} ${what}`).join(". ") : sentence(error));
      setBusy(false);
    }
  };
  return html`
    <form class="form replay-form" onSubmit=${submit}>
      <div class="form-grid">
        <${Choice} label="Trader" value=${draft.trader} options=${(traders.value ?? []).map(({ id, name }) => [id, name])} onChoose=${(/** @type {string} */ trader) => set({ trader })} />
        <${Field} label="From" type="date" value=${draft.from} max=${draft.to} onInput=${(/** @type {string} */ from) => set({ from })} error=${faults.from ?? null} />
        <${Field} label="To" type="date" value=${draft.to} min=${draft.from} onInput=${(/** @type {string} */ to) => set({ to })} error=${faults.to ?? null} />
        <${Choice} label="Answers" value=${draft.answers} options=${ANSWERS} onChoose=${(/** @type {string} */ answers) => set({ answers })} />
      </div>
      ${draft.variants.map((variant, index) => html`<${Fields} key=${index} variant=${variant} number=${index + 1} onChange=${(/** @type {Variant} */ to) => vary(index, to)} onRemove=${() => set({ variants: draft.variants.filter((_, at) => at !== index) })} />`)}
      ${draft.variants.length < VARIANTS_MAX && html`<p><button type="button" class="button" data-size="small" onClick=${() => set({ variants: [...draft.variants, newVariant(draft.variants.length + 1)] })}>Add a variant</button></p>`}
      ${refusal !== null && html`<p class="notice" data-tone="bad" role="alert">${refusal}</p>`}
      <div class="form-actions">
        <button type="submit" class="button" data-kind="primary" disabled=${isBusy || !isOnline.value}>${isBusy ? "Asking…" : "Replay"}</button>
        <button type="button" class="button" onClick=${onClose}>Cancel</button>
      </div>
    </form>
  `;
}

/** @param {{ variant: Variant, number: number, onChange: (to: Variant) => void, onRemove: () => void }} props */
const Fields = ({ variant, number, onChange, onRemove }) => html`
  <fieldset class="variant">
    <legend>Variant ${number}</legend>
    <div class="form-grid">
      <${Field} label="Name" value=${variant.name} maxlength="40" onInput=${(/** @type {string} */ name) => onChange({ ...variant, name })} />
      ${FIELDS.map(
        ([name, label, unit, hint]) => html`
          <${Field} key=${name} label=${label} name=${`${name}-${number}`} value=${variant[name]} placeholder="as it is" class="figure" hint=${hint || null}
            after=${unit === "" ? null : html`<span class="unit">${unit}</span>`} onInput=${(/** @type {string} */ text) => onChange({ ...variant, [name]: text })} />
        `,
      )}
    </div>
    <button type="button" class="button-link" aria-label=${`Remove variant ${number}`} onClick=${onRemove}>Remove</button>
  </fieldset>
`;
