/**
 * The ways through the page: what is switched on, no more. A phone's bar keeps five places; what has none there lies under More,
 * and so it does where a narrow window has no room for seven words.
 */
import { html } from "../lib/html.js";
import { openCount } from "../state/alerts.js";
import { address, view } from "../state/route.js";
import { isLive } from "../state/settings.js";
import { systems } from "../state/systems.js";
import { openTicket } from "../state/ticket-draft.js";
import { unread } from "../state/unread.js";
import { Icon } from "./icon.js";

/** @typedef {import("../state/route.js").View} View */
/** @typedef {{ to: View, icon: any, text: string }} Place */

const PORTFOLIO = { to: /** @type {View} */ ("positions"), icon: "chart", text: "Portfolio" };
const DESK = { to: /** @type {View} */ ("desk"), icon: "rules", text: "Desk" };
const TRADING = { to: /** @type {View} */ ("trading"), icon: "spark", text: "Trading" };
const RISK = { to: /** @type {View} */ ("risk"), icon: "gauge", text: "Risk" };
const BACKTESTS = { to: /** @type {View} */ ("backtests"), icon: "flask", text: "Backtests" };
const ACTIVITY = { to: /** @type {View} */ ("activity"), icon: "bell", text: "Activity" };
const SETTINGS = { to: /** @type {View} */ ("settings"), icon: "gear", text: "Settings" };

const isHere = (/** @type {View} */ to) => (to === "positions" ? ["positions", "history", "performance"].includes(view.value) : view.value === to);

/** What lies under More where room is short: of two systems the one that is not looked at. @returns {Place[]} */
function rest() {
  const { desk, trading } = systems.value;
  const other = desk && trading ? (view.value === "trading" ? [DESK] : [TRADING]) : [];
  return desk || trading ? [...other, ...(desk ? [RISK, BACKTESTS] : []), SETTINGS] : [];
}

export function MainNav() {
  const { desk, trading } = systems.value;
  const more = rest();
  const places = [PORTFOLIO, ...(desk ? [DESK] : []), ...(trading ? [TRADING] : []), ...(desk ? [RISK, BACKTESTS] : []), ACTIVITY, SETTINGS];
  return html`
    <nav class="main-nav" aria-label="Main">
      ${places.map((place) => html`<${Way} key=${place.to} place=${place} isMore=${more.includes(place)} />`)}
      <button type="button" class="button" data-kind=${isLive.value ? "live" : "primary"} onClick=${openTicket}><${Icon} name="plus" /><span>New trade</span></button>
      ${more.length > 0 && html`<${More} places=${more} />`}
    </nav>
  `;
}

/** @param {{ place: Place, isMore: boolean }} props */
const Way = ({ place: { to, icon, text }, isMore }) => html`
  <a href=${address(to)} aria-current=${isHere(to) ? "page" : null} data-more=${isMore ? "" : null}>
    <${Icon} name=${icon} /><span>${text}</span>${to === "activity" && html`<${Count} />`}
  </a>
`;

function Count() {
  if (openCount.value > 0) return html`<span class="count" data-tone="bad" aria-label=${`${openCount.value} need you`}>${openCount.value}</span>`;
  return unread.value > 0 ? html`<span class="count" aria-label=${`${unread.value} new`}>${unread.value}</span>` : null;
}

/** @param {{ places: Place[] }} props */
const More = ({ places }) => html`
  <details class="menu nav-more" data-here=${places.some(({ to }) => isHere(to)) ? "" : null}>
    <summary><${Icon} name="dots" /><span>More</span></summary>
    <div class="menu-body">
      ${places.map(({ to, icon, text }) => html`<a key=${to} href=${address(to)} aria-current=${isHere(to) ? "page" : null} onClick=${closeMenu}><${Icon} name=${icon} /><span>${text}</span></a>`)}
    </div>
  </details>
`;

/** @param {{ currentTarget: HTMLElement }} event */
function closeMenu({ currentTarget }) {
  const menu = currentTarget.closest("details");
  if (menu !== null) menu.open = false;
}
