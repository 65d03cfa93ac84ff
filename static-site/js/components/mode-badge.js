/** Paper or live, always in sight; live in a colour of its own. */
import { html } from "../lib/html.js";
import { isRealMoney, modeName } from "../lib/words.js";
import { effectiveMode, fallsBackToPaper } from "../state/settings.js";

export function ModeBadge() {
  const mode = effectiveMode.value;
  if (mode === null) return null;
  if (isRealMoney(mode)) {
    return html`<strong class="mode-badge" data-mode="live" title="Orders go to your live account">Live · real money</strong>`;
  }
  const title = fallsBackToPaper.value
    ? "No broker token is stored: orders go to the built-in simulator"
    : "No real money is used";
  const detail = mode === "PAPER" ? "simulator" : modeName(mode).toLowerCase();
  return html`<strong class="mode-badge" data-mode="paper" title=${title}>Paper<span class="mode-detail"> · ${detail}</span></strong>`;
}
