/** Nothing is open: what is connected, what is limited, and the ways in. */
import { money, percent } from "../lib/format.js";
import { html } from "../lib/html.js";
import { me } from "../state/clock.js";
import { address } from "../state/route.js";
import { effectiveMode, fallsBackToPaper, settings } from "../state/settings.js";
import { openTicket } from "../state/ticket-draft.js";
import { modeLongName } from "../lib/words.js";
import { Empty } from "./empty.js";

export function FirstSteps() {
  const limits = me.value?.limits ?? null;
  return html`
    <${Empty} title="No open positions">
      <p>A trade you place appears here with its live mark. Its stop and target rest at the broker, so it stays protected while this page is closed.</p>
      <ol class="first-steps">
        <${Step} title="Broker" isDone=${settings.value !== null && !fallsBackToPaper.value} text=${effectiveMode.value === null ? "—" : modeLongName(effectiveMode.value)}>
          <a href=${address("settings")}>${fallsBackToPaper.value ? "Connect one" : "Change"}</a>
        <//>
        <${Step} title="Limits" isDone=${limits !== null} text=${limits === null ? "—" : `${limits.max_positions} positions · ${money(limits.daily_loss_limit)} a day · heat ${percent(limits.heat_limit_pct)}`}>
          <a href=${address("settings")}>Change</a>
        <//>
        <${Step} title="First trade" isDone=${false} text="Place one, or bring past ones from a file">
          <a href=${address("history", { import: "open" })}>Import past trades</a>
        <//>
      </ol>
      <button type="button" class="button" data-kind="primary" onClick=${openTicket}>New trade</button>
    <//>
  `;
}

/** @param {{ title: string, text: string, isDone: boolean, children?: any }} props */
const Step = ({ title, text, isDone, children }) => html`
  <li class="first-step" data-done=${isDone ? "" : null}>
    <strong>${isDone && html`<span aria-hidden="true">✓ </span>`}${title}</strong>
    <span>${text}</span>
    ${children}
  </li>
`;
