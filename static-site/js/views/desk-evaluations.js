/** What the desk decided and why: each evaluation as nine steps, the one that ended it opened first. */
import { Chip } from "../components/chip.js";
import { Choice } from "../components/choice.js";
import { Loading } from "../components/empty.js";
import { GateCheck, GateSteps } from "../components/gate-steps.js";
import { Icon } from "../components/icon.js";
import { LazyDetail } from "../components/lazy-detail.js";
import { count, price, timeShort } from "../lib/format.js";
import { byDay } from "../lib/by-day.js";
import { decisionName } from "../lib/desk-words.js";
import { html, useEffect, useId, useState } from "../lib/html.js";
import { stageName, stepsOf } from "../lib/stages.js";
import { readDetail } from "../state/details.js";
import { evaluations, hasOlder, readOlder, strategies } from "../state/desk.js";
import { narrow, params } from "../state/route.js";
import { readOne } from "../state/desk-evaluation.js";

/** @typedef {import("../state/desk.js").Evaluation} Evaluation */

const DECISIONS = ["ENTER", "REJECT", "EXIT", "WAIT", "BLOCKED"];
const TONES = /** @type {Record<string, string>} */ ({ ENTER: "accent", EXIT: "accent", BLOCKED: "warn" });

export function DeskEvaluations() {
  const { strategy = "", decision = "", evaluation = "", trade = "" } = params.value;
  const isNamed = (/** @type {Evaluation} */ one) => one.id === evaluation || (trade !== "" && one.trade_id === trade);
  const set = (/** @type {Record<string, string>} */ change) => narrow({ part: "why", strategy, decision, ...change });
  const shown = evaluations.value ?? [];
  return html`
    <section class="panel" aria-labelledby="desk-why">
      <div class="panel-head">
        <h2 id="desk-why">What was decided, and why</h2>
        <div class="filters desk-filters">
          <${Choice} label="Strategy" value=${strategy} onChoose=${(/** @type {string} */ to) => set({ strategy: to })}
            options=${[["", "All strategies"], ...(strategies.value ?? []).map(({ id, name }) => [id, name])]} />
          <${Choice} label="Decision" value=${decision} onChoose=${(/** @type {string} */ to) => set({ decision: to })}
            options=${[["", "All decisions"], ...DECISIONS.map((each) => [each, decisionName(each)])]} />
        </div>
      </div>
      ${evaluation !== "" && !shown.some(({ id }) => id === evaluation) && html`<ol class="evaluations"><${Linked} id=${evaluation} /></ol>`}
      ${evaluations.value === null ? html`<${Loading} what="what was decided" />` : shown.length === 0 ? html`<p class="panel-note">Nothing was decided that fits. Scans come each minute of the session while the bot is on.</p>` : html`
        ${byDay(shown).map(
          ([day, of]) => html`
            <h3 key=${day} class="evaluations-day">${day}</h3>
            <ol key=${`of ${day}`} class="evaluations">${of.map((one) => html`<${Item} key=${one.id} one=${one} isOpen=${isNamed(one)} />`)}</ol>
          `,
        )}
      `}
      ${hasOlder.value && html`<p class="more"><button type="button" class="button" onClick=${readOlder}>Show older</button></p>`}
    </section>
  `;
}

/** One that an address or a trade names, however old. @param {{ id: string }} props */
function Linked({ id }) {
  const [found, setFound] = useState(/** @type {Evaluation | string | null} */ (null));
  useEffect(() => {
    void readOne(id).then(setFound);
  }, [id]);
  if (found === null) return null;
  return typeof found === "string" ? html`<li class="panel-note">${found}</li>` : html`<${Item} one=${found} isOpen />`;
}

/** @param {{ one: Evaluation, isOpen?: boolean }} props */
function Item({ one, isOpen: isOpenFirst = false }) {
  const [isOpen, setOpen] = useState(isOpenFirst);
  const place = useId();
  const steps = stepsOf(one.gates);
  const name = strategies.value?.find(({ id }) => id === one.strategy_id)?.name ?? one.config?.strategy?.name ?? "A removed strategy";
  return html`
    <li class="evaluation" data-evaluation=${one.id}>
      <button type="button" class="unfold evaluation-head" aria-expanded=${String(isOpen)} aria-controls=${place} onClick=${() => setOpen(!isOpen)}>
        <${Icon} name="chevron" />
        <time class="figure" datetime=${one.at}>${timeShort(one.at)}</time>
        <span class="evaluation-name">${name}</span>
        <${Chip} tone=${TONES[one.decision] ?? "plain"}>${decisionName(one.decision)}<//>
        <span class="evaluation-why">${one.ended_by !== null && `${stageName(one.ended_by)}: `}${one.reason}${one.count > 1 && html` <span class="figure-side">${count(one.count)} scans since ${timeShort(one.first_at)}</span>`}</span>
        ${one.event === "ENTRY_SCAN" && html`<span class="evaluation-dots" aria-hidden="true">${steps.map((step) => html`<i key=${step.name} data-state=${step.state}></i>`)}</span>`}
      </button>
      <div id=${place}>${isOpen && html`<${Trace} one=${one} />`}</div>
    </li>
  `;
}

/** @param {{ one: Evaluation }} props */
function Trace({ one }) {
  return html`
    <div class="trace">
      ${one.scans !== null && html`<p class="panel-note">Held on ${count(one.scans)} scans.</p>`}
      ${
        one.event === "ENTRY_SCAN" &&
        html`<${GateSteps} gates=${one.gates} />`
      }
      ${one.event !== "ENTRY_SCAN" && one.gates.map((check) => html`<${GateCheck} key=${check.stage} check=${check} />`)}
      ${one.proposed_order !== null && html`<${Order} order=${one.proposed_order} />`}
      ${one.trade_id !== null && html`<${Trade} id=${one.trade_id} />`}
    </div>
  `;
}

/** @param {{ order: NonNullable<Evaluation["proposed_order"]> }} props */
const Order = ({ order }) => html`
  <p class="trace-order figure">
    <strong>Order:</strong> ${count(order.qty)} × ${order.legs.map(({ side, ratio, symbol }) => `${side === "SHORT" ? "sell" : "buy"} ${ratio > 1 ? `${ratio} ` : ""}${symbol}`).join(", ")}
    · from ${price(order.limit_price)} to ${price(order.worst)} (below nothing: one is paid)
  </p>
`;

/** @param {{ id: string }} props */
function Trade({ id }) {
  const [isOpen, setOpen] = useState(false);
  const place = useId();
  const toggle = () => {
    if (!isOpen) void readDetail(id);
    setOpen(!isOpen);
  };
  return html`
    <p><button type="button" class="button-link" aria-expanded=${String(isOpen)} aria-controls=${place} onClick=${toggle}>${isOpen ? "Hide the trade" : "Show the trade"}</button></p>
    <div id=${place}>${isOpen && html`<${LazyDetail} id=${id} />`}</div>
  `;
}
