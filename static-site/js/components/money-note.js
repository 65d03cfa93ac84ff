/** With what money: said the same wherever a trader acts, so that paper, testnet and live are never mistaken. */
import { html } from "../lib/html.js";
import { moneyName, PAPER_NOTE, RISK_NOTE } from "../lib/trading-words.js";
import { Chip } from "./chip.js";

/** @typedef {import("../lib/trading-words.js").Money} Money */

const SAID = { paper: "Paper.", testnet: "Binance's testnet: no real money.", live: "Live: real money." };

/** @param {{ money: Money, lead?: string, class?: string }} props `lead`: in place of the usual first words */
export const MoneyNote = ({ money, lead, class: name = "" }) => html`
  <p class=${`notice ${name}`} data-tone=${money === "live" ? "live" : null}><strong>${lead ?? SAID[money]}</strong> ${RISK_NOTE}${money === "live" ? "" : ` ${PAPER_NOTE}`}</p>
`;

/** @param {{ money: Money, more?: string }} props */
export const MoneyChip = ({ money, more = "" }) => html`<${Chip} tone=${money === "live" ? "live" : "plain"}>${moneyName(money)}${more}<//>`;
