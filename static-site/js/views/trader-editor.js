/** A trader's settings: what it watches, the rules that signal, how it enters, and what it may change and lose. */
import { DraftChoice as Choice, DraftFlag as Flag, DraftText as Text } from "../components/draft-fields.js";
import { DraftFoot, refusalOf } from "../components/draft-foot.js";
import { MoneyNote } from "../components/money-note.js";
import { html, useState } from "../lib/html.js";
import { bodyOf, draftOf, faultOf, newRule, PROPOSED, TIMEFRAMES } from "../lib/trader-draft.js";
import { narrow } from "../state/route.js";
import { toast } from "../state/toasts.js";
import { removeTrader, saveTrader, traders } from "../state/trading.js";
import { TraderExchange } from "./trader-exchange.js";
import { TraderRule } from "./trader-rule.js";

/** @typedef {import("../lib/trader-draft.js").Draft} Draft */

const SIZES = [["fixed", "A fixed size"], ["percent", "A share of the portfolio"], ["risk", "By the stop's distance"], ["volatility", "By volatility"]];

/** @param {{ id: string }} props `new`, or the trader that is changed */
export function TraderEditor({ id }) {
  const before = traders.value?.find((one) => one.id === id) ?? null;
  const [draft, setDraft] = useState(() => (before === null ? PROPOSED : draftOf(before)));
  const [faults, setFaults] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const set = (/** @type {string} */ name, /** @type {string | boolean} */ value) => setDraft({ ...draft, fields: { ...draft.fields, [name]: value } });
  const setRules = (/** @type {Draft["rules"]} */ rules) => setDraft({ ...draft, rules });
  const form = { values: draft.fields, set, faultOf: (/** @type {string} */ name) => faultOf(faults, name) };
  const isLive = before?.trading.mode === "live";
  const money = isLive ? "live" : draft.fields.exchange === "BINANCE" ? "testnet" : "paper";
  const close = () => narrow({ part: "traders" });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setFaults({});
    setRefusal(null);
    try {
      await saveTrader(before, bodyOf(draft, before));
      toast(`${draft.fields.name} is saved`, "good");
      close();
    } catch (error) {
      const refused = refusalOf(error);
      setFaults(refused.faults);
      setRefusal(refused.refusal);
      setBusy(false);
    }
  };
  const remove = (/** @type {import("../state/trading.js").Trader} */ one) => {
    close();
    void removeTrader(one);
  };
  return html`
    <section class="panel trader-editor" aria-labelledby="trader-editor">
      <h2 id="trader-editor">${before === null ? "New trader" : `Change ${before.name}`}</h2>
      <${MoneyNote} money=${money} ...${money === "live" ? { lead: "Live: its orders use real money." } : {}} />
      <form class="form" onSubmit=${submit}>
        <div class="form-grid">
          <${Text} form=${form} name="name" label="Name" maxlength="60" />
          <${Text} form=${form} name="symbols" label="Pairs" autocapitalize="characters" hint="As the exchange writes them: BTCUSDT, ETHUSDT" />
          <${Choice} form=${form} name="timeframe" label="Candles" options=${TIMEFRAMES.map((each) => [each, each])} />
        </div>

        <h3>Signal</h3>
        <p class="panel-note">A model is asked when every required rule holds at a candle's close. Rules that are not required raise the score.</p>
        <ul class="rules">
          ${draft.rules.map(
            (rule, index) => html`
              <${TraderRule} key=${index} rule=${rule} number=${index + 1}
                onChange=${(/** @type {Draft["rules"][number]} */ to) => setRules(draft.rules.map((each, at) => (at === index ? to : each)))}
                onRemove=${() => setRules(draft.rules.filter((_, at) => at !== index))} />
            `,
          )}
        </ul>
        <p><button type="button" class="button" data-size="small" onClick=${() => setRules([...draft.rules, newRule()])}>Add a rule</button></p>

        <h3>Analysis</h3>
        <div class="form-grid">
          <${Text} form=${form} name="model" label="Model" maxlength="100" hint="By its exact name. Empty: the one of this deployment" />
          <${Text} form=${form} name="prompt_version" label="Prompt version" maxlength="60" hint="Empty: the one that is active" />
        </div>

        <h3>Enter</h3>
        <div class="form-grid">
          <${TraderExchange} form=${form} isLive=${isLive} />
          <${Choice} form=${form} name="sizing" label="Size" options=${SIZES} />
          <${Text} form=${form} name="position_size_usd" label="Size of a position" numeric unit="USDT" />
          <${Text} form=${form} name="position_size_pct" label="or of the portfolio" numeric unit="%" />
          <${Text} form=${form} name="max_positions" label="Positions at most" numeric />
          <${Text} form=${form} name="max_risk_pct" label="Risk of a trade" numeric unit="%" />
          <${Text} form=${form} name="min_confidence" label="Confidence, at least" numeric hint="0 to 1" />
          <${Text} form=${form} name="max_correlated_pct" label="What moves together, at most" numeric unit="%" />
          <${Text} form=${form} name="daily_cost_limit_usd" label="Models may cost a day" numeric unit="$" />
          <${Flag} form=${form} name="require_approval" label="Each entry waits for my yes" />
          <${Flag} form=${form} name="market_hours_only" label="Only while stocks trade" />
          <${Flag} form=${form} name="calibrated" label="Judge confidence by how it came out" />
        </div>

        <h3>Mind</h3>
        <div class="form-grid">
          <${Flag} form=${form} name="dynamic_sl" label="The model may change the stop" />
          <${Flag} form=${form} name="dynamic_tp" label="The model may change targets" />
          <${Text} form=${form} name="veto_seconds" label="A change waits for my veto" numeric unit="s" hint="0: at once" />
          <${Text} form=${form} name="breakeven_at_pct" label="Stop to the entry from" numeric unit="%" hint="Empty: never" />
          <${Text} form=${form} name="trailing_pct" label="Stop follows at" numeric unit="%" hint="Empty: it does not" />
          <${Text} form=${form} name="max_holding_minutes" label="Held at most" numeric unit="min" hint="Empty: without end" />
          <${Text} form=${form} name="max_daily_drawdown_pct" label="Day's drawdown, at most" numeric unit="%" />
          <${Text} form=${form} name="max_total_drawdown_pct" label="Drawdown, at most" numeric unit="%" hint="Then it is locked" />
        </div>

        <${DraftFoot} refusal=${refusal} isBusy=${isBusy} isOn=${draft.fields.enabled === true} onSwitch=${(/** @type {boolean} */ to) => set("enabled", to)} onCancel=${close}
          kept=${before === null ? null : { name: before.name, words: "What it decided stays in the journal. While it holds positions it cannot be deleted: close them first.", onDelete: () => remove(before) }} />
      </form>
    </section>
  `;
}
