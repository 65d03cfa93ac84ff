/** The whole page. */
import { html } from "../lib/html.js";
import { isOwnZone } from "../state/frame.js";
import { view } from "../state/route.js";
import { sessionState } from "../state/session.js";
import { isTicketOpen } from "../state/ticket-draft.js";
import { isOnline } from "../state/tick.js";
import { AccountStrip } from "./account-strip.js";
import { Loading } from "./empty.js";
import { lazy } from "./lazy.js";
import { PortfolioTabs } from "./portfolio-tabs.js";
import { PositionsView } from "./positions-view.js";
import { Ribbons } from "./ribbons.js";
import { Shortcuts } from "./shortcuts.js";
import { SignInAgain, SignInPage } from "./sign-in.js";
import { Toasts } from "./toasts.js";
import { TopBar } from "./top-bar.js";
import { TradeDialogs } from "./trade-dialogs.js";

const Ticket = lazy("the ticket", async () => (await import("./ticket.js")).Ticket, { isSoon: true });
const ActivityView = lazy("activity", async () => (await import("../views/activity.js")).ActivityView);
const BacktestsView = lazy("backtests", async () => (await import("../views/backtests.js")).BacktestsView, { styles: ["css/views/desk.css", "css/views/backtests.css", "css/views/backtest-results.css"] });
const DeskView = lazy("the desk", async () => (await import("../views/desk.js")).DeskView, { styles: ["css/views/desk.css"] });
const HistoryView = lazy("trade history", async () => (await import("../views/history.js")).HistoryView);
const PerformanceView = lazy("performance", async () => (await import("../views/performance.js")).PerformanceView);
const RiskView = lazy("the risk book", async () => (await import("../views/risk.js")).RiskView, { styles: ["css/views/risk.css"] });
const SettingsView = lazy("settings", async () => (await import("../views/settings.js")).SettingsView);
const TradingView = lazy("traders", async () => (await import("../views/trading.js")).TradingView, { styles: ["css/views/trading.css"] });

export function App() {
  const state = sessionState.value;
  if (state === "starting") return html`<${Loading} what="your session" />`;
  if (state === "signed-out") return html`<${SignInPage} /><${Toasts} />`;
  return html`
    <a class="skip" href="#main" onClick=${skipToMain}>Skip to the content</a>
    <${TopBar} />
    <div class="workspace" key=${isOwnZone.value ? "own times" : "market times"} data-ticket=${isTicketOpen.value ? "" : null} data-offline=${isOnline.value ? null : ""}>
      <main class="main" id="main" tabindex="-1">
        <${AccountStrip} />
        <${Ribbons} />
        <${CurrentView} />
      </main>
      ${isTicketOpen.value && html`<${Ticket} />`}
    </div>
    <${TradeDialogs} />
    <${Shortcuts} />
    ${state === "expired" && html`<${SignInAgain} />`}
    <${Toasts} />
  `;
}

/** The address names a view, so the link itself must not be followed. @param {Event} event */
function skipToMain(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function CurrentView() {
  switch (view.value) {
    case "activity":
      return html`<${ActivityView} />`;
    case "backtests":
      return html`<${BacktestsView} />`;
    case "desk":
      return html`<${DeskView} />`;
    case "risk":
      return html`<${RiskView} />`;
    case "trading":
      return html`<${TradingView} />`;
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
