/** The whole page. */
import { html } from "../lib/html.js";
import { view } from "../state/route.js";
import { sessionState } from "../state/session.js";
import { isTicketOpen } from "../state/ticket.js";
import { AlertsView } from "./alerts-view.js";
import { Loading } from "./empty.js";
import { HistoryView } from "./history-view.js";
import { PortfolioTabs } from "./portfolio-tabs.js";
import { PositionsView } from "./positions-view.js";
import { Ribbons } from "./ribbons.js";
import { SettingsView } from "./settings-view.js";
import { SignInAgain, SignInPage } from "./sign-in.js";
import { Ticket } from "./ticket.js";
import { Toasts } from "./toasts.js";
import { TopBar } from "./top-bar.js";
import { TradeDialogs } from "./trade-dialogs.js";

export function App() {
  const state = sessionState.value;
  if (state === "starting") return html`<${Loading} what="your session" />`;
  if (state === "signed-out") return html`<${SignInPage} /><${Toasts} />`;
  return html`
    <${TopBar} />
    <div class="workspace" data-ticket=${isTicketOpen.value ? "" : null}>
      <main class="main" id="main">
        <${Ribbons} />
        <${CurrentView} />
      </main>
      ${isTicketOpen.value && html`<${Ticket} />`}
    </div>
    <${TradeDialogs} />
    ${state === "expired" && html`<${SignInAgain} />`}
    <${Toasts} />
  `;
}

function CurrentView() {
  switch (view.value) {
    case "alerts":
      return html`<${AlertsView} />`;
    case "settings":
      return html`<${SettingsView} />`;
    case "history":
      return html`<${PortfolioTabs} /><${HistoryView} />`;
    default:
      return html`<${PortfolioTabs} /><${PositionsView} />`;
  }
}
