/** What waits for a word first, then a card for each position. */
import { Empty } from "../components/empty.js";
import { html, useEffect } from "../lib/html.js";
import { outcomeText } from "../lib/trading-words.js";
import { address } from "../state/route.js";
import { watchCoins } from "../state/stream.js";
import { newest, positions, traders, waiting } from "../state/trading.js";
import { DecisionCard } from "./trading-decision.js";
import { PriceSource } from "./live-figures.js";
import { PositionCard } from "./trading-position.js";

export function TradingPositions() {
  const held = positions.value;
  const pairs = [...new Set(held.map(({ ticker }) => ticker))].sort().join();
  useEffect(() => (pairs === "" ? undefined : watchCoins(pairs.split(","))), [pairs]);
  if (held.length === 0 && waiting.value.length === 0) {
    const hasTraders = (traders.value ?? []).length > 0;
    return html`
      <${Empty} title="No positions of traders">
        <p>${hasTraders ? "A trader enters when its filter signals, its model says so and every rule holds. What it decided, and why it did not, stands in its journal." : "A trader watches pairs, asks a model when its filter signals, and enters only what every rule lets through."}</p>
        <p>${hasTraders ? html`<a href=${address("trading", { part: "journal" })}>Read the decisions</a>` : html`<a href=${address("trading", { part: "traders", edit: "new" })}>Make the first trader</a>`}</p>
      <//>
    `;
  }
  return html`
    ${newest.value.filter(({ outcome }) => outcome === "QUEUED").map((one) => html`<p key=${one.id} class="notice" role="status"><strong class="figure">${one.symbol}</strong>: ${outcomeText(one)}. <a href=${address("trading", { part: "journal", outcome: "QUEUED" })}>See it</a></p>`)}
    ${
      waiting.value.length > 0 &&
      html`<section class="trading-waiting" aria-labelledby="trading-waiting">
        <h2 id="trading-waiting">Waits for you</h2>
        <div class="trading-cards">${waiting.value.map((one) => html`<${DecisionCard} key=${one.id} one=${one} />`)}</div>
      </section>`
    }
    ${
      held.length > 0 &&
      html`<section aria-labelledby="trading-held">
        <h2 id="trading-held" class="visually-hidden">Positions</h2>
        <${PriceSource} />
        <div class="trading-cards">${held.map((trade) => html`<${PositionCard} key=${trade.id} trade=${trade} />`)}</div>
      </section>`
    }
  `;
}
