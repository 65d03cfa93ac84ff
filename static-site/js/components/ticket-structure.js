/** The ticket's part for several legs: the legs, the chain to pick them from, the order of the whole. Fetched when it is first wanted. */
import { html } from "../lib/html.js";
import { draft, errors, isSeveral } from "../state/ticket-draft.js";
import { chain } from "../state/ticket-market.js";
import { ChainBoth } from "./chain-both.js";
import { LegsEditor } from "./legs-editor.js";
import { TicketNet } from "./ticket-net.js";

export function TicketStructure() {
  const { shape, legs } = draft.value;
  const isOwn = shape === "OWN";
  return html`
    <div class="ticket-part ticket-structure">
      ${isOwn && legs.length === 0 && chain.value !== null && html`<p class="detail-note">Touch an ask to buy that contract as a leg, a bid to sell it.</p>`}
      ${isOwn ? html`<${ChainBoth} />` : html`<${FoldedChain} />`}
      <${LegsEditor} />
      ${legs.length === 0 && errors.value.legs && html`<p class="field-error">${errors.value.legs}</p>`}
      ${isSeveral.value && html`<${TicketNet} />`}
    </div>
  `;
}

const FoldedChain = () => html`
  <details class="chain-fold"><summary>Pick strikes in the chain</summary><${ChainBoth} /></details>
`;
