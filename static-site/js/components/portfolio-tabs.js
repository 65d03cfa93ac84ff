/** The portfolio's sub-tabs. */
import { html } from "../lib/html.js";
import { openTrades } from "../state/portfolio.js";
import { address, view } from "../state/route.js";

/** @type {[import("../state/route.js").View, string][]} */
const TABS = [
  ["positions", "Open positions"],
  ["history", "Trade history"],
  ["performance", "Performance"],
];

export const PortfolioTabs = () => html`
  <h1 class="visually-hidden">Portfolio</h1>
  <nav class="tabs" aria-label="Portfolio">
    ${TABS.map(
      ([name, text]) => html`
        <a key=${name} href=${address(name)} aria-current=${view.value === name ? "page" : null}>
          ${text}
          ${name === "positions" && openTrades.value !== null && html`<span class="count">${openTrades.value.length}</span>`}
        </a>
      `,
    )}
  </nav>
`;
