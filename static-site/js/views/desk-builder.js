/** Build a strategy, or change one: what, when, how much, and when to leave. Beside it stands what the desk would do by it right now. */
import { DraftChoice as Choice, DraftFlag as Flag, DraftText as Text } from "../components/draft-fields.js";
import { DraftFoot, refusalOf } from "../components/draft-foot.js";
import { Segmented } from "../components/segmented.js";
import { KINDS, typeName } from "../lib/desk-words.js";
import { html, useEffect, useState } from "../lib/html.js";
import { bodyOf, draftOf, faultOf, inWords, PROPOSED } from "../lib/strategy-draft.js";
import { removeStrategy, saveStrategy, strategies } from "../state/desk.js";
import { judgeSoon, keepJudging } from "../state/desk-preview.js";
import { narrow } from "../state/route.js";
import { toast } from "../state/toasts.js";
import { BuilderBrief, DeskBuilderNow } from "./desk-builder-now.js";

/** @type {[string, string][]} */
const MODES = [["paper", "Paper"], ["shadow", "Shadow"], ["live", "Live"]];
/** @type {[string, string][]} */
const SIZES = [["fixed", "Fixed"], ["risk", "By risk"]];
const BROKERS = [["tradier", "Tradier"], ["tastytrade", "tastytrade"], ["ibkr", "Interactive Brokers"], ["schwab", "Schwab"], ["paper", "Built-in simulator"]];
const AVERAGES = [["none", "Not asked"], ["above_sma50", "Above its 50-day average"], ["below_sma50", "Below its 50-day average"]];

/** @param {{ id: string }} props `new`, or the strategy that is changed */
export function DeskBuilder({ id }) {
  const before = strategies.value?.find((one) => one.id === id) ?? null;
  const [draft, setDraft] = useState(() => (before === null ? PROPOSED : draftOf(before)));
  const [faults, setFaults] = useState(/** @type {Record<string, string>} */ ({}));
  const [refusal, setRefusal] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const set = (/** @type {string} */ name, /** @type {string | boolean} */ value) => setDraft({ ...draft, [name]: value });
  const form = { values: draft, set, faultOf: (/** @type {string} */ name) => faultOf(faults, name) };
  const words = inWords(draft);
  const close = () => narrow({});
  const typed = JSON.stringify({ ...bodyOf(draft), name: "" }); // what it is called changes nothing of what it does
  useEffect(keepJudging, []);
  useEffect(() => judgeSoon(JSON.parse(typed)), [typed]);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setFaults({});
    setRefusal(null);
    try {
      await saveStrategy(before, bodyOf(draft));
      toast(`${draft.name} is saved`, "good");
      close();
    } catch (error) {
      const refused = refusalOf(error);
      setFaults(refused.faults);
      setRefusal(refused.refusal);
      setBusy(false);
    }
  };
  const remove = (/** @type {import("../state/desk.js").Strategy} */ one) => {
    narrow({});
    void removeStrategy(one);
  };
  const kind = KINDS[String(draft.type)];
  return html`
    <div class="builder">
    <section class="panel desk-builder" aria-labelledby="desk-builder">
      <h2 id="desk-builder">${before === null ? "New strategy" : `Change ${before.name}`}</h2>
      <form class="form" onSubmit=${submit}>
        <div class="form-grid">
          <${Text} form=${form} name="name" label="Name" maxlength="60" />
          <${Choice} form=${form} name="type" label="Structure" options=${Object.keys(KINDS).map((each) => [each, typeName(each)])} />
          <${Text} form=${form} name="underlying" label="Underlying" maxlength="10" autocapitalize="characters" />
          <${Choice} form=${form} name="preferred_broker" label="Broker" options=${BROKERS} />
          <${Segmented} label="Money" value=${draft.mode} options=${MODES} onChoose=${(/** @type {string} */ to) => set("mode", to)} />
        </div>
        ${draft.mode === "live" && html`<p class="notice" data-tone="live">Orders of this strategy use real money, at the broker that you switched on.</p>`}
        ${draft.mode === "shadow" && html`<p class="notice" data-tone="live">A shadow trades live, with real money, and on paper beside it, so that both can be compared.</p>`}

        <h3>Enter</h3>
        <div class="form-grid">
          <${Text} form=${form} name="dte_min" label="Days to expiry, from" numeric />
          <${Text} form=${form} name="dte_max" label="to" numeric />
          ${kind.isByDelta && html`<${Text} form=${form} name="short_delta" label="Delta of the short" numeric hint="0.16, or a range: 0.12 to 0.20" />`}
          ${kind.hasWings && html`<${Text} form=${form} name="wing_width" label="Width of the wings" numeric unit="$" hint="5, or a range: 5 to 10" />`}
          ${kind.isCredit && html`<${Text} form=${form} name="min_credit" label="Credit, at least" numeric hint="Per share, at the mid" />`}
        </div>
        <details class="kpis-more">
          <summary>More conditions</summary>
          <div class="form-grid">
            <${Text} form=${form} name="ivr_min" label="IV rank, from" numeric unit="%" />
            <${Text} form=${form} name="ivr_max" label="to" numeric unit="%" />
            <${Choice} form=${form} name="ma_rule" label="Trend" options=${AVERAGES} />
            <${Text} form=${form} name="min_premium_pct" label="Premium, at least" numeric unit="%" hint="Of the wing's width" />
            <${Text} form=${form} name="entry_from" label="Enter from" type="time" />
            <${Text} form=${form} name="entry_to" label="Enter until" type="time" hint="New York's time" />
            <${Text} form=${form} name="adx_max" label="ADX, at most" numeric />
            <${Text} form=${form} name="min_vrp" label="Implied less realized, at least" numeric hint="A fraction: 0.02 is 2 points" />
            <${Text} form=${form} name="earnings_after_days" label="No earnings until expiry and" numeric unit="days" />
            <${Text} form=${form} name="max_gamma_loss_1pct" label="Gamma's loss at 1%, at most" numeric unit="$" hint="Empty: what it can win at most" />
            <${Text} form=${form} name="max_spread_pct" label="Spread of a leg, at most" numeric unit="%" hint="Empty: the desk's" />
            <${Text} form=${form} name="min_volume" label="Volume of a leg" numeric />
            <${Text} form=${form} name="min_open_interest" label="Open interest of a leg" numeric />
            <${Text} form=${form} name="min_underlying_volume_pct" label="Volume of the underlying" numeric unit="%" hint="Of its usual one" />
            <${Text} form=${form} name="max_quote_age_s" label="Age of a quote, at most" numeric unit="s" />
            <${Flag} form=${form} name="skew_aware" label="Weigh the skew of puts and calls" />
            <${Flag} form=${form} name="dynamic_dte" label="Further out when volatility is low" />
          </div>
        </details>

        <h3>Leave</h3>
        <div class="form-grid">
          <${Text} form=${form} name="profit_target_pct" label="Target" numeric unit="%" hint="Of the most it can win" />
          <${Text} form=${form} name="stop_pct" label="Stop" numeric unit="%" hint="Loss, of the credit or debit" />
          <${Text} form=${form} name="time_stop_dte" label="Days before expiry" numeric />
          <${Flag} form=${form} name="vix_exit" label="Leave at once when VIX spikes" />
        </div>
        <details class="kpis-more">
          <summary>More ways out</summary>
          <div class="form-grid">
            <${Text} form=${form} name="profit_target_usd" label="Target in dollars" numeric unit="$" />
            <${Text} form=${form} name="stop_usd" label="Stop in dollars" numeric unit="$" />
            <${Text} form=${form} name="trail_from_pct" label="Trail from" numeric unit="%" hint="Of the most it can win" />
            <${Text} form=${form} name="trail_pct" label="Give back, at most" numeric unit="%" hint="Of the best it stood at" />
            <${Text} form=${form} name="time_stop_at" label="At a time" type="time" hint="New York's time" />
          </div>
        </details>

        <h3>How much</h3>
        <div class="form-grid">
          <${Segmented} label="Size" value=${draft.sizing} options=${SIZES} onChoose=${(/** @type {string} */ to) => set("sizing", to)} />
          ${draft.sizing === "risk" ? html`<${Text} form=${form} name="pct" label="At risk" numeric unit="%" hint="Of the balance, by the worst case" />` : html`<${Text} form=${form} name="qty" label="Quantity" numeric />`}
          <${Text} form=${form} name="max_positions" label="Open at most" numeric />
        </div>

        <p class="notice desk-words" aria-live="polite"><strong>${draft.name || "This strategy"}:</strong> ${words.entry} ${words.exit}</p>
        <${BuilderBrief} />
        <${DraftFoot} refusal=${refusal} isBusy=${isBusy} kind=${draft.mode === "paper" ? "primary" : "live"} isOn=${draft.enabled === true} onSwitch=${(/** @type {boolean} */ to) => set("enabled", to)} onCancel=${close}
          kept=${before === null ? null : { name: before.name, words: "What it holds stays and is managed by its last version. While trades of it are open it is switched off instead.", onDelete: () => remove(before) }} />
      </form>
    </section>
    <${DeskBuilderNow} />
    </div>
  `;
}
