/** The strategies: how each stands, what was said of it last, what it holds and what came of it. */
import { Amount } from "../components/amount.js";
import { Chip } from "../components/chip.js";
import { Empty } from "../components/empty.js";
import { count, timeShort } from "../lib/format.js";
import { decisionName, strategyModeName, typeName } from "../lib/desk-words.js";
import { html } from "../lib/html.js";
import { stageName } from "../lib/stages.js";
import { busy, enableStrategy, lastWords, strategies } from "../state/desk.js";
import { resultOf } from "../state/desk-results.js";
import { nextScan, standingOf } from "../state/desk-scans.js";
import { openTrades } from "../state/portfolio.js";
import { address, narrow } from "../state/route.js";
import { isOnline, OFFLINE } from "../state/tick.js";

/** @typedef {import("../state/desk.js").Strategy} Strategy */

export function DeskStrategies() {
  const known = strategies.value ?? [];
  if (known.length === 0) {
    return html`
      <${Empty} title="No strategy yet">
        <p>A strategy says on what, when and how much to enter, and when to leave. The desk scans it each minute of the session and tells which gate stopped it.</p>
        <button type="button" class="button" data-kind="primary" onClick=${() => narrow({ build: "new" })}>Build the first one</button>
      <//>
    `;
  }
  return html`
    <div class="table-frame">
      <table class="trades desk-table" role="table" aria-label="Strategies">
        <thead role="rowgroup">
          <tr role="row">
            ${["Strategy", "State", "Last word"].map((text) => html`<th key=${text} role="columnheader" scope="col">${text}</th>`)}
            ${["Open", "Won", "P&L"].map((text) => html`<th key=${text} role="columnheader" scope="col" class="cell-qty">${text}</th>`)}
            <th role="columnheader" scope="col" class="cell-actions">Actions</th>
          </tr>
        </thead>
        <tbody role="rowgroup">${known.map((one) => html`<${Row} key=${one.id} one=${one} />`)}</tbody>
      </table>
    </div>
  `;
}

/** @param {{ one: Strategy }} props */
function Row({ one }) {
  const standing = standingOf(one);
  const result = resultOf(one.name);
  const held = (openTrades.value ?? []).filter((trade) => trade.originator === "DESK" && trade.originator_id === one.id).length;
  const isOff = busy.value.has(one.id) || !isOnline.value;
  return html`
    <tr role="row" class="trade-row" data-strategy=${one.id} aria-busy=${busy.value.has(one.id) ? "true" : null}>
      <td role="cell" class="cell-contract desk-name">
        <span><strong>${one.name}</strong> <${Chip} tone=${one.mode === "live" ? "live" : "plain"}>${strategyModeName(one.mode)}<//><span class="cell-sub">${typeName(one.type)} · ${one.underlying}</span></span>
      </td>
      <td role="cell" class="cell-state" data-label="State">
        <${Chip} tone=${standing.tone}>${standing.word}<//>
        <span class="cell-sub">${standing.why || nextText(one)}</span>
      </td>
      <td role="cell" class="desk-word" data-label="Last word"><${LastWord} one=${one} /></td>
      <td role="cell" class="cell-qty figure" data-label="Open">${count(held)}<span class="figure-side"> of ${count(one.max_positions)}</span>${held > 0 && html`<a class="cell-sub" href=${address("positions", { q: one.name })}>Show<span class="visually-hidden"> positions of ${one.name}</span></a>`}</td>
      <td role="cell" class="cell-qty figure" data-label="Won">${result === null ? "—" : `${Math.round(result.win_rate * 100)}%`}</td>
      <td role="cell" class="cell-pnl figure" data-label="P&L">${result === null ? "—" : html`<${Amount} value=${result.total_pnl} /><a class="cell-sub" href=${address("history", { strategy: one.name })}>Journal<span class="visually-hidden"> of ${one.name}</span></a>`}</td>
      <td role="cell" class="cell-actions">
        <label class="switch" title=${isOnline.value ? null : OFFLINE}>
          <input type="checkbox" role="switch" checked=${busy.value.has(one.id) ? !one.enabled : one.enabled} disabled=${isOff} onChange=${() => void enableStrategy(one, !one.enabled)} />
          <span>${one.enabled ? "On" : "Off"}<span class="visually-hidden">, ${one.name}</span></span>
        </label>
        <button type="button" class="button" data-size="small" aria-label=${`Edit ${one.name}`} onClick=${() => narrow({ build: one.id })}>Edit</button>
        <a class="button" data-size="small" aria-label=${`Backtest ${one.name}`} href=${address("backtests", { test: one.id })}>Backtest</a>
      </td>
    </tr>
  `;
}

/** @param {Strategy} strategy */
function nextText({ entry_conditions: { entry_from, entry_to } }) {
  const next = nextScan.value.at === null ? "" : `next ${timeShort(nextScan.value.at)}`;
  const within = entry_from === null && entry_to === null ? "" : `enters ${entry_from ?? "09:30"} to ${entry_to ?? "16:00"} ET`;
  return [next, within].filter(Boolean).join(" · ");
}

/** @param {{ one: Strategy }} props */
function LastWord({ one }) {
  const last = lastWords.value.get(one.id);
  if (last === undefined) return html`<span class="cell-sub">Not scanned yet</span>`;
  const gate = last.decision === "REJECT" && last.ended_by !== null ? `${stageName(last.ended_by)}: ` : "";
  return html`
    <a href=${address("desk", { part: "why", strategy: one.id })}>${decisionName(last.decision)}</a>
    <span class="cell-sub">${gate}${last.reason}${last.count > 1 && ` · ${count(last.count)} scans since ${timeShort(last.first_at)}`}</span>
  `;
}
