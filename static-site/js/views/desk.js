/** The desk: what its strategies do, why, and what stops it. Three parts, each with an address. */
import { Failed, Loading } from "../components/empty.js";
import { StaleNotice } from "../components/stale-notice.js";
import { html, useEffect } from "../lib/html.js";
import { busy, deskError, readDesk, renewDesk, strategies, switchBot } from "../state/desk.js";
import { deskStatus } from "../state/desk-status.js";
import { readAt } from "../state/portfolio.js";
import { address, narrow, params } from "../state/route.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { DeskBuilder } from "./desk-builder.js";
import { DeskControls } from "./desk-controls.js";
import { DeskEvaluations } from "./desk-evaluations.js";
import { DeskFigures } from "./desk-figures.js";
import { DeskGates } from "./desk-gates.js";
import { DeskStrategies } from "./desk-strategies.js";

/** @type {[string, string][]} */
const PARTS = [
  ["", "Strategies"],
  ["why", "Evaluations"],
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
  if (part === "controls") return html`<${DeskControls} />`;
  return html`<${DeskStrategies} />`;
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
