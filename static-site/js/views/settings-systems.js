/** Which further systems the page shows: each has its own view once it is begun. */
import { html } from "../lib/html.js";
import { address } from "../state/route.js";
import { begin, isAtWork, systems } from "../state/systems.js";

/** @typedef {import("../state/systems.js").System} System */

/** @type {{ system: System, to: import("../state/route.js").View, name: string, what: string, has: string }[]} */
const SYSTEMS = [
  { system: "desk", to: "desk", name: "Options desk", what: "Your rule book scans each minute, enters what passes every gate, and leaves by its rules.", has: "It has strategies" },
  { system: "trading", to: "trading", name: "AI traders", what: "A model decides on signals of crypto pairs; rules judge each decision before anything is sent.", has: "It has traders" },
];

export const SettingsSystems = () => html`
  <section class="panel" aria-labelledby="settings-systems">
    <h2 id="settings-systems">Systems</h2>
    <p class="panel-note">What is off is not shown. Switching one on starts nothing by itself.</p>
    <div class="form">
      ${SYSTEMS.map(
        ({ system, to, name, what, has }) => html`
          <label class="switch switch-row" key=${system}>
            <input type="checkbox" role="switch" checked=${systems.value[system]} disabled=${isAtWork(system)} onChange=${() => begin(system, !systems.value[system])} />
            <span>
              ${name}
              <span class="field-hint check-hint">${what} ${isAtWork(system) && `${has}, so it stays in sight.`}</span>
            </span>
          </label>
          ${systems.value[system] && html`<p class="panel-note"><a href=${address(to)}>Open ${name.toLowerCase().replace("ai", "AI")}</a></p>`}
        `,
      )}
    </div>
  </section>
`;
