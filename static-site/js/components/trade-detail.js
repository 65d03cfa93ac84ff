/** The slide-down under a row: chart and plan first, then notes, legs, what became of it; the context at entry is folded. */
import { html } from "../lib/html.js";
import { shortName } from "../lib/legs.js";
import { details, readDetail } from "../state/details.js";
import { address } from "../state/route.js";
import { Failed } from "./empty.js";
import { ChangesTable, OrdersTable, TargetsTable, TransitionsTable } from "./detail-tables.js";
import { DetailContext, DetailForensics } from "./detail-context.js";
import { DetailFacts } from "./detail-facts.js";
import { DetailLegs } from "./detail-legs.js";
import { DetailNotes } from "./detail-notes.js";
import { DetailSplit } from "./detail-split.js";
import { PnlChart } from "./pnl-chart.js";

/** @param {{ id: string }} props */
export function TradeDetail({ id }) {
  const detail = details.value.get(id);
  return html`<div class="detail"><div class="detail-inner">${detail ? body(id, detail) : waiting()}</div></div>`;
}

const waiting = () => html`<p class="detail-note" role="status"><span class="spinner" aria-hidden="true"></span> Reading detail…</p>`;

/** What opened it by itself says why. @param {{ trade: import("../shapes.js").Trade }} props */
function WhyOpened({ trade: { id, originator, originator_id: whose } }) {
  if (whose === null || (originator !== "DESK" && originator !== "AI")) return null;
  return originator === "DESK"
    ? html`<p class="detail-note"><a href=${address("desk", { part: "why", strategy: whose, decision: "ENTER", trade: id })}>Why the desk opened it</a></p>`
    : html`<p class="detail-note"><a href=${address("trading", { part: "journal", trader: whose })}>What its trader decided</a></p>`;
}

/** @param {string} id @param {import("../state/details.js").Detail} detail */
function body(id, { trade, snapshots, transitions, error }) {
  if (trade === null) return html`<${Failed} what="The detail" error=${error ?? ""} onRetry=${() => readDetail(id)} />`;
  return html`
    <h2 class="visually-hidden">Detail of ${shortName(trade)}</h2>
    ${error && html`<p class="notice" data-tone="warn">Not up to date: ${error}</p>`}
    <div class="detail-top">
      <${PnlChart} trade=${trade} snapshots=${snapshots} />
      <div class="detail-stack">
        <${DetailFacts} trade=${trade} last=${snapshots.at(-1) ?? null} />
        <${DetailNotes} key=${trade.id} trade=${trade} />
      </div>
    </div>
    <${WhyOpened} trade=${trade} />
    <${DetailLegs} trade=${trade} />
    <${DetailForensics} trade=${trade} />
    <${DetailSplit} trade=${trade} />
    <h3>History of this trade</h3>
    <div class="detail-tables">
      <${OrdersTable} orders=${trade.orders ?? []} />
      <${TargetsTable} targets=${trade.targets} />
      <${ChangesTable} changes=${trade.changes ?? []} />
      <${TransitionsTable} transitions=${transitions} />
    </div>
    <details class="detail-context"><summary>Context at entry</summary><div class="detail-tables"><${DetailContext} trade=${trade} /></div></details>
  `;
}
