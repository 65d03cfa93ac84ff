/** What the user must know about everything below: offline, stale, delayed, where orders go. */
import { age, timeZoned } from "../lib/format.js";
import { html } from "../lib/html.js";
import { market } from "../state/clock.js";
import { stops } from "../state/desk-status.js";
import { anyDelayed, isUnreachable, readAt, readError } from "../state/portfolio.js";
import { address, view } from "../state/route.js";
import { autoRefresh, fallsBackToPaper, isLive } from "../state/settings.js";
import { beat, isOnline } from "../state/tick.js";

const STALE_AFTER_MS = 60_000;

export const Ribbons = () => html`
  <div class="ribbons">
    <${Connection} />
    ${
      isLive.value &&
      html`<p class="ribbon" data-tone="live"><strong>Live trading.</strong> Orders placed here use real money.</p>`
    }
    <${Stopped} />
    ${
      fallsBackToPaper.value &&
      html`<p class="ribbon">
        No broker token is stored, so trades go to the built-in paper simulator.
        ${" "}<a href=${address("settings")}>Store a token</a>
      </p>`
    }
    ${
      anyDelayed.value &&
      view.value === "positions" &&
      html`<p class="ribbon" data-tone="warn">
        Marks flagged “15 min” come from a delayed source: stops there act late.
      </p>`
    }
  </div>
`;

/** What stops entries is said wherever one could be made. */
function Stopped() {
  const [first] = stops.value;
  if (first === undefined) return null;
  const whose = first.scope === "desk" ? "The desk enters nothing" : "Nothing can be entered";
  return html`
    <p class="ribbon" data-tone="warn">
      <strong>${whose}:</strong> ${first.detail}. Exits go on. Until ${first.lifts_when}.${" "}<a href=${address("desk")}>Kill switch</a>
    </p>
  `;
}

function Connection() {
  beat.value;
  const last = readAt.value;
  const seen = last === null ? "" : ` Showing what was read at ${timeZoned(last.serverMs)}.`;
  if (!isOnline.value) return ribbon("warn", `You are offline.${seen} Reading goes on when you are back.`);
  if (isUnreachable.value) return ribbon("warn", `The server does not answer.${seen} Trying again.`);
  if (readError.value !== null && last !== null) return ribbon("warn", `${readError.value}${seen}`);
  const silentMs = last === null ? 0 : Date.now() - last.localMs;
  if (market.value?.open && silentMs > STALE_AFTER_MS) {
    const why = autoRefresh.value ? "" : " Auto-refresh is off.";
    return ribbon("warn", `Data is ${age(silentMs / 1000)} old.${why}`);
  }
  return null;
}

/** @param {string} tone @param {string} text */
const ribbon = (tone, text) => html`<p class="ribbon" data-tone=${tone} role="status">${text}</p>`;
