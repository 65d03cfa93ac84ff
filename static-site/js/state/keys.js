/** Keys for the whole page: they do nothing while something is typed, a dialog stands or a browser's own key is held. */
import { refreshAll } from "./actions.js";
import { unfolded, toggleDetail } from "./details.js";
import { closeDialog, question } from "./dialogs.js";
import { isHelpOpen } from "./keys-help.js";
import { isPaletteOpen } from "./palette.js";
import { go, view } from "./route.js";
import { sessionState } from "./session.js";
import { closeTicket, isTicketOpen, openTicket } from "./ticket-draft.js";
import { isOnline } from "./tick.js";

/** After G, so long for the second key. */
const SECOND_KEY_MS = 1_500;

/** @type {Record<string, import("./route.js").View>} */
const PLACES = { p: "positions", h: "history", f: "performance", a: "activity", s: "settings", d: "desk", t: "trading", r: "risk", b: "backtests" };

let wentAtMs = 0;

/** @param {KeyboardEvent} event */
export function onKey(event) {
  if (sessionState.value !== "signed-in" || event.altKey || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]") !== null) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== "k") return;
    isPaletteOpen.value = true;
    event.preventDefault();
    return;
  }
  if (event.key === "Escape") {
    if (stepBack()) event.preventDefault();
    return;
  }
  if (isTyping(event.target)) return;
  if (act(event.key)) event.preventDefault();
}

/** @param {EventTarget | null} target */
const isTyping = (target) => target instanceof HTMLElement && (target.matches("input:not([type=checkbox], [type=radio]), select, textarea") || target.isContentEditable);

/** @param {string} key @returns {boolean} whether it did something */
function act(key) {
  const place = PLACES[key];
  if (place !== undefined && Date.now() - wentAtMs < SECOND_KEY_MS) {
    wentAtMs = 0;
    go(place);
    return true;
  }
  switch (key) {
    case "g":
      wentAtMs = Date.now();
      return true;
    case "n":
      openTicket();
      return true;
    case "r":
      if (isOnline.value) void refreshAll();
      return true;
    case "/":
      return toFilter() || openPalette();
    case "?":
      isHelpOpen.value = true;
      return true;
    default:
      return false;
  }
}

function openPalette() {
  isPaletteOpen.value = true;
  return true;
}

/** The positions have a field of their own. @returns {boolean} whether it was there */
function toFilter() {
  if (view.value !== "positions") return false;
  const field = /** @type {HTMLElement | null} */ (document.querySelector(".table-words"));
  field?.focus();
  return field !== null;
}

/** Menus close when something else is pressed. @param {EventTarget | null} pressed @returns {boolean} whether one was open */
export function closeMenus(pressed) {
  const open = [.../** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.menu[open]"))];
  const others = open.filter((menu) => !(pressed instanceof Node && menu.contains(pressed)));
  for (const menu of others) menu.open = false;
  return others.length > 0;
}

/** What was opened last closes first: a form under a row, the ticket, a detail. @returns {boolean} */
function stepBack() {
  if (closeMenus(null)) return true;
  if (question.value !== null) closeDialog();
  else if (isTicketOpen.value) closeTicket();
  else if (unfolded.value.size > 0) toggleDetail(/** @type {string} */ ([...unfolded.value].at(-1)));
  else return false;
  return true;
}
