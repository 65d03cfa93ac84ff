/** The slide-down under a row: the P&L over time, Greeks, orders, changes, states, context, notes. */
import { html } from "../lib/html.js";
import { details, readDetail } from "../state/details.js";
import { shortName } from "../state/portfolio.js";
import { Failed } from "./empty.js";
import { ChangesTable, OrdersTable, TargetsTable, TransitionsTable } from "./detail-tables.js";
import { DetailContext, DetailForensics } from "./detail-context.js";
import { DetailFacts } from "./detail-facts.js";
import { DetailLegs } from "./detail-legs.js";
import { DetailNotes } from "./detail-notes.js";
import { PnlChart } from "./pnl-chart.js";

/** @param {{ id: string }} props */
export function TradeDetail({ id }) {
  const detail = details.value.get(id);
  return html`<div class="detail"><div class="detail-inner">${detail ? body(id, detail) : waiting()}</div></div>`;
}

const waiting = () => html`<p class="detail-note" role="status"><span class="spinner" aria-hidden="true"></span> Reading detail…</p>`;

/** @param {string} id @param {import("../state/details.js").Detail} detail */
function body(id, { trade, snapshots, transitions, error }) {
  if (trade === null) return html`<${Failed} what="The detail" error=${error ?? ""} onRetry=${() => readDetail(id)} />`;
  return html`
    <h2 class="visually-hidden">Detail of ${shortName(trade)}</h2>
    ${error && html`<p class="notice" data-tone="warn">Not up to date: ${error}</p>`}
    <div class="detail-top">
      <${PnlChart} trade=${trade} snapshots=${snapshots} />
      <${DetailFacts} trade=${trade} last=${snapshots.at(-1) ?? null} />
    </div>
    <${DetailLegs} trade=${trade} />
    <div class="detail-tables">
      <${OrdersTable} orders=${trade.orders ?? []} />
      <${TargetsTable} targets=${trade.targets} />
      <${ChangesTable} changes=${trade.changes ?? []} />
      <${TransitionsTable} transitions=${transitions} />
      <${DetailContext} trade=${trade} />
      <div class="detail-stack">
        <${DetailForensics} trade=${trade} />
        <${DetailNotes} key=${trade.id} trade=${trade} />
      </div>
    </div>
  `;
}
