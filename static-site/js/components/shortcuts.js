/** Keys for the whole page, and the list of them that `?` opens. */
import { html, useEffect } from "../lib/html.js";
import { closeMenus, onKey } from "../state/keys.js";
import { isHelpOpen } from "../state/keys-help.js";
import { isPaletteOpen } from "../state/palette.js";
import { Dialog } from "./dialog.js";
import { fetchAhead } from "./lazy.js";
import { Palette } from "./palette.js"; // at once: who types on must not lose a letter

/** @type {[string, string][]} */
const KEYS = [
  ["N", "New trade"],
  ["/", "Filter the positions; elsewhere go to anything"],
  ["Ctrl K", "Go to anything"],
  ["R", "Refresh all"],
  ["G then P, H, F, A, S", "Positions, history, performance, activity, settings"],
  ["G then D, T, R, B", "Desk, trading, risk, backtests"],
  ["↑ ↓", "From row to row"],
  ["Enter", "Unfold the row"],
  ["A, C", "Adjust, close the row's position"],
  ["Esc", "Back one step"],
  ["?", "This list"],
];

export function Shortcuts() {
  useEffect(() => {
    const onPress = (/** @type {Event} */ event) => void closeMenus(event.target);
    fetchAhead();
    document.addEventListener("keydown", onKey);
    document.addEventListener("click", onPress);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("click", onPress);
    };
  }, []);
  if (isPaletteOpen.value) return html`<${Palette} />`;
  if (!isHelpOpen.value) return null;
  const close = () => (isHelpOpen.value = false);
  return html`
    <${Dialog} title="Keys" kind="narrow" onClose=${close}>
      <dl class="keys">${KEYS.map(([key, what]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
      <div class="dialog-actions"><button type="button" class="button" onClick=${close} autofocus>Done</button></div>
    <//>
  `;
}
