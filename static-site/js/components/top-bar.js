/** Brand, where orders go, the market's state, the main ways through the page, and the menu under one's name. */
import { html } from "../lib/html.js";
import { isRefreshing, refreshAll } from "../state/actions.js";
import { me } from "../state/clock.js";
import { isMuted, setMuted } from "../state/device.js";
import { chooseTheme, theme } from "../state/frame.js";
import { isHelpOpen } from "../state/keys-help.js";
import { address } from "../state/route.js";
import { signOut } from "../state/session.js";
import { autoRefresh, settings, toggleAutoRefresh } from "../state/settings.js";
import { isOnline, OFFLINE } from "../state/tick.js";
import { Icon } from "./icon.js";
import { MainNav } from "./main-nav.js";
import { MarketState } from "./market-state.js";
import { ModeBadge } from "./mode-badge.js";
import { Segmented } from "./segmented.js";

export const TopBar = () => html`
  <header class="top-bar">
    <a class="brand" href=${address("positions")}>papertape</a>
    <${ModeBadge} />
    <${MarketState} />
    <button type="button" class="button refresh" data-size="small" onClick=${refreshAll} disabled=${isRefreshing.value || !isOnline.value}
      aria-label="Refresh all" title=${isOnline.value ? "Ask broker and market now" : OFFLINE} data-busy=${isRefreshing.value ? "" : null}>
      <${Icon} name="refresh" />
    </button>
    <${MainNav} />
    <${User} />
  </header>
`;

/** @type {[string, string][]} */
const THEMES = [
  ["auto", "Auto"],
  ["light", "Light"],
  ["dark", "Dark"],
];

const User = () => html`
  <details class="menu user">
    <summary><span class="user-name">${me.value?.username ?? "…"}</span><span class="visually-hidden">, your menu</span><${Icon} name="more" /></summary>
    <div class="menu-body">
      <label class="switch" title="Read the portfolio every 15 seconds while the market is open">
        <input type="checkbox" role="switch" checked=${autoRefresh.value} disabled=${settings.value === null} onChange=${toggleAutoRefresh} />
        <span>Auto-refresh</span>
      </label>
      <label class="switch">
        <input type="checkbox" role="switch" checked=${isMuted.value} onChange=${() => setMuted(!isMuted.value)} />
        <span>Mute sounds on this device</span>
      </label>
      <${Segmented} label="Theme on this device" value=${theme.value} options=${THEMES} onChoose=${chooseTheme} />
      <button type="button" class="button" onClick=${() => (isHelpOpen.value = true)}>Keys <kbd>?</kbd></button>
      <button type="button" class="button" onClick=${() => void signOut().catch(() => {})}>Sign out</button>
    </div>
  </details>
`;
