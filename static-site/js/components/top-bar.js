/** Brand, where orders go, the market's state, the last update, and the main ways through the page. */
import { time } from "../lib/format.js";
import { html } from "../lib/html.js";
import { refreshAll, isRefreshing } from "../state/actions.js";
import { openCount } from "../state/alerts.js";
import { me } from "../state/clock.js";
import { isMuted, setMuted } from "../state/device.js";
import { readAt } from "../state/portfolio.js";
import { address, view } from "../state/route.js";
import { signOut } from "../state/session.js";
import { autoRefresh, settings, toggleAutoRefresh } from "../state/settings.js";
import { openTicket } from "../state/ticket.js";
import { Icon } from "./icon.js";
import { MarketState } from "./market-state.js";
import { ModeBadge } from "./mode-badge.js";

export const TopBar = () => html`
  <header class="top-bar">
    <a class="brand" href=${address("positions")}>papertape</a>
    <${ModeBadge} />
    <${MarketState} />
    <${Updates} />
    <${MainNav} />
    <${User} />
  </header>
`;

const Updates = () => html`
  <div class="updates">
    <span class="updates-at">
      Updated <time>${readAt.value === null ? "—" : `${time(readAt.value.serverMs)} ET`}</time>
    </span>
    <label class="switch" title="Read the portfolio every 15 seconds while the market is open">
      <input type="checkbox" checked=${autoRefresh.value} disabled=${settings.value === null} onChange=${toggleAutoRefresh} />
      <span>Auto</span>
    </label>
    <button type="button" class="button" data-size="small" onClick=${refreshAll} disabled=${isRefreshing.value}
      aria-label="Refresh all" title="Ask broker and market now" data-busy=${isRefreshing.value ? "" : null}>
      <${Icon} name="refresh" /><span class="wide-only">Refresh all</span>
    </button>
  </div>
`;

const MainNav = () => html`
  <nav class="main-nav" aria-label="Main">
    <a href=${address("positions")} aria-current=${isPortfolio() ? "page" : null}><${Icon} name="chart" /><span>Portfolio</span></a>
    <a href=${address("alerts")} aria-current=${view.value === "alerts" ? "page" : null}>
      <${Icon} name="bell" /><span>Alerts</span>
      ${openCount.value > 0 && html`<span class="count" aria-label=${`${openCount.value} open`}>${openCount.value}</span>`}
    </a>
    <a href=${address("settings")} aria-current=${view.value === "settings" ? "page" : null}><${Icon} name="gear" /><span>Settings</span></a>
    <button type="button" class="button" data-kind="primary" onClick=${openTicket}><${Icon} name="plus" /><span>New trade</span></button>
  </nav>
`;

const isPortfolio = () => ["positions", "history", "performance"].includes(view.value);

const User = () => html`
  <div class="user">
    <span class="user-name" title="Signed in as">${me.value?.username ?? ""}</span>
    <${Mute} />
    <button type="button" class="button-link" onClick=${() => void signOut().catch(() => {})}>Sign out</button>
  </div>
`;

/** Muting is this device's own; the setting for all devices stands in the settings. */
const Mute = () => html`
  <button type="button" class="button-plain" aria-pressed=${String(isMuted.value)} aria-label="Mute sounds on this device"
    title=${isMuted.value ? "Sounds are muted on this device" : "Mute sounds on this device"} onClick=${() => setMuted(!isMuted.value)}>
    <${Icon} name=${isMuted.value ? "muted" : "sound"} />
  </button>
`;
