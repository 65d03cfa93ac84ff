/** The whole page. */
import { html } from "../lib/html.js";
import { view } from "../state/route.js";
import { sessionState } from "../state/session.js";
import { isTicketOpen } from "../state/ticket-draft.js";
import { Loading } from "./empty.js";
import { lazy } from "./lazy.js";
import { PortfolioTabs } from "./portfolio-tabs.js";
import { PositionsView } from "./positions-view.js";
import { Ribbons } from "./ribbons.js";
import { SignInAgain, SignInPage } from "./sign-in.js";
import { Ticket } from "./ticket.js";
import { Toasts } from "./toasts.js";
import { TopBar } from "./top-bar.js";
import { TradeDialogs } from "./trade-dialogs.js";

const AlertsView = lazy("alerts", async () => (await import("../views/alerts.js")).AlertsView);
const HistoryView = lazy("trade history", async () => (await import("../views/history.js")).HistoryView);
const PerformanceView = lazy("performance", async () => (await import("../views/performance.js")).PerformanceView);
const SettingsView = lazy("settings", async () => (await import("../views/settings.js")).SettingsView);

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
    case "performance":
      return html`<${PortfolioTabs} /><${PerformanceView} />`;
    default:
      return html`<${PortfolioTabs} /><${PositionsView} />`;
  }
}
