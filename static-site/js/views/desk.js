/** The desk: what its strategies do, why, and what stops it. Three parts, each with an address. */
import { Failed, Loading } from "../components/empty.js";
import { lazy } from "../components/lazy.js";
import { StaleNotice } from "../components/stale-notice.js";
import { age } from "../lib/format.js";
import { html, useEffect } from "../lib/html.js";
import { busy, deskError, readDesk, renewDesk, strategies, switchBot } from "../state/desk.js";
import { late } from "../state/desk-ages.js";
import { deskResults } from "../state/desk-results.js";
import { deskStatus } from "../state/desk-status.js";
import { readAt } from "../state/portfolio.js";
import { address, narrow, params } from "../state/route.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { DeskControls } from "./desk-controls.js";
import { DeskEvaluations } from "./desk-evaluations.js";
import { DeskFigures } from "./desk-figures.js";
import { DeskGates } from "./desk-gates.js";
import { DeskStrategies } from "./desk-strategies.js";

const DeskBuilder = lazy("the builder", async () => (await import("./desk-builder.js")).DeskBuilder, { styles: ["css/views/desk-builder.css"] });

const DeskChain = lazy("the chain", async () => (await import("./desk-chain.js")).DeskChain, { styles: ["css/views/desk-chain.css"] });

const PerformanceCurve = lazy("the curve", async () => (await import("./performance-curve.js")).PerformanceCurve);

/** @type {[string, string][]} */
const PARTS = [
  ["", "Strategies"],
  ["why", "Evaluations"],
  ["chain", "Chain"],
  ["controls", "Controls"],
];

export function DeskView() {
  const { strategy = "", decision = "", part = "", build = "" } = params.value;
  const again = () => void readDesk({ strategy, decision });
  useEffect(again, [strategy, decision]);
  useEffect(() => void renewDesk(), [readAt.value?.localMs]);
  return html`
    <div class="view-head">
      <h1>Desk</h1>
      <div class="view-tools">
        <${Bot} />
        <button type="button" class="button" onClick=${() => narrow({ build: "new" })} disabled=${build !== ""}>New strategy</button>
      </div>
    </div>
    <${DeskFigures} />
    <nav class="tabs" aria-label="Desk">
      ${PARTS.map(([name, text]) => html`<a key=${name} href=${address("desk", { part: name })} aria-current=${part === name ? "page" : null}>${text}</a>`)}
    </nav>
    <${Late} />
    ${deskError.value !== null && strategies.value !== null && html`<${StaleNotice} error=${deskError.value} onRetry=${again} />`}
    <${Part} part=${part} build=${build} onRetry=${again} />
  `;
}

/** @param {{ part: string, build: string, onRetry: () => void }} props */
function Part({ part, build, onRetry }) {
  if (strategies.value === null) {
    return deskError.value === null ? html`<${Loading} what="the desk" />` : html`<${Failed} what="The desk" error=${deskError.value} onRetry=${onRetry} />`;
  }
  if (build !== "") return html`<${DeskBuilder} key=${build} id=${build} />`;
  if (part === "why") return html`<div class="desk-parts"><${DeskEvaluations} /><${DeskGates} /></div>`;
  if (part === "chain") return html`<${DeskChain} />`;
  if (part === "controls") return html`<${DeskControls} />`;
  return html`<${DeskStrategies} /><${Made} />`;
}

/** What the desk has made, once it has ended trades. */
const Made = () => deskResults.value !== null && deskResults.value.trades > 0 && html`<div class="desk-made"><${PerformanceCurve} known=${deskResults.value} /></div>`;

/** What is too old to decide by is told wherever the desk is looked at. */
function Late() {
  if (late.value.length === 0) return null;
  const what = late.value.map(({ text, age_s: seconds }) => `${text}, ${age(seconds)} old`).join("; ");
  return html`<p class="notice desk-late" data-tone="warn" role="status"><strong>Old data:</strong> ${what}. What is missing or old lets nothing in and holds up no exit. <a href=${address("desk", { part: "controls" })}>Data</a></p>`;
}

/** Entries alone hang on it: exits go on. */
function Bot() {
  const isOn = deskStatus.value?.bot.on ?? false;
  return html`
    <label class="switch" title=${isOnline.value ? "Whether entries are scanned for each minute; exits go on either way" : OFFLINE}>
      <input type="checkbox" role="switch" checked=${busy.value.has("bot") ? !isOn : isOn} disabled=${deskStatus.value === null || busy.value.has("bot") || !isOnline.value}
        onChange=${() => void switchBot(!isOn)} />
      <span>Scan for entries</span>
    </label>
  `;
}
