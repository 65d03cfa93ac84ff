/** The desk at a glance, below the money line with its day: what is held, how trades ended, what was scanned, what stops entries. */
import { Why } from "../components/why.js";
import { count, plural, timeZoned } from "../lib/format.js";
import { switchModeName } from "../lib/desk-words.js";
import { html, useEffect } from "../lib/html.js";
import { account } from "../state/account.js";
import { deskResults, readDeskResults } from "../state/desk-results.js";
import { deskStatus } from "../state/desk-status.js";
import { openTrades } from "../state/portfolio.js";
import { address } from "../state/route.js";
import { effectiveMode } from "../state/settings.js";
import { nextScan } from "../state/desk-scans.js";

export function DeskFigures() {
  const held = openTrades.value?.filter(({ originator }) => originator === "DESK").length ?? null;
  useEffect(() => void readDeskResults(), [effectiveMode.value, held]);
  const scan = deskStatus.value?.last_scan ?? null;
  const mode = deskStatus.value?.kill_switch.mode ?? null;
  return html`
    <dl class="kpis desk-figures" aria-label="The desk at a glance">
      <${Figure} label="Open positions" note=${account.value === null ? null : `of the desk; ${count(account.value.open_positions)} in the account`}>${count(held)}<//>
      <${Figure} label="Win rate" note=${deskResults.value === null ? null : `${plural(deskResults.value.trades, "ended trade")} of the desk`}><${WinRate} /><//>
      <${Figure} label="Last scan" note=${scanNote(scan)}>${scan === null ? "—" : timeZoned(scan.at)}<//>
      <${Figure} label="Next scan" note=${nextScan.value.note}>${nextScan.value.at === null ? "—" : timeZoned(nextScan.value.at)}<//>
      <${Figure} label="Kill switch" note=${html`<a href=${address("desk", { part: "controls" })}>${mode === null || mode === "off" ? "Controls" : "What tripped it"}</a>`}>
        <span data-tone=${mode === null || mode === "off" ? null : "warn"} class="desk-mode">${mode === null ? "—" : switchModeName(mode)}</span>
      <//>
    </dl>
  `;
}

function WinRate() {
  const rate = deskResults.value?.win_rate ?? null;
  return rate === null ? html`<${Why} reason="No trade of the desk has ended with a gain or a loss." />` : `${Math.round(rate * 100)}%`;
}

/** @param {import("../state/desk-status.js").DeskStatus["last_scan"]} scan */
function scanNote(scan) {
  if (scan === null) return "nothing was scanned yet";
  const others = [
    [scan.entering, "entering"],
    [scan.rejected, "not entered"],
    [scan.blocked, "blocked"],
    [scan.failed, "failed"],
  ].flatMap(([number, what]) => (Number(number) > 0 ? [`${number} ${what}`] : []));
  return [plural(scan.strategies, "strategy", "strategies"), ...others].join(", ");
}

/** @param {{ label: string, note?: any, children?: any }} props */
const Figure = ({ label, note = null, children }) => html`
  <div class="kpi">
    <dt>${label}</dt>
    <dd class="figure">${children}</dd>
    ${note !== null && html`<dd class="kpi-note">${note}</dd>`}
  </div>
`;
