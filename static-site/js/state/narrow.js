/** How wide the page is: too narrow for a column beside it, or wide enough for a list with the chosen trade beside it. */
import { computed, signal } from "../lib/html.js";
import { isTicketOpen } from "./ticket-draft.js";

/** @param {string} condition */
function watched(condition) {
  const query = matchMedia(condition);
  const matches = signal(query.matches);
  query.addEventListener("change", () => (matches.value = query.matches));
  return matches;
}

/** The ticket then is the whole screen. */
export const isNarrow = watched("(max-width: 63.99em)");
/** Rows are of two lines, and unfold to their actions. */
export const isPhone = watched("(max-width: 47.99em)");
const isWide = watched("(min-width: 100em)");

/** Whether the detail of a position stands beside the list, not under its row. */
export const isPinning = computed(() => isWide.value && !isTicketOpen.value);
