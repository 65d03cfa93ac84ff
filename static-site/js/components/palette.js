/** The palette: a few letters, arrows, Enter. */
import { html, useId, useState } from "../lib/html.js";
import { found, isPaletteOpen } from "../state/palette.js";
import { Dialog } from "./dialog.js";

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });

export function Palette() {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const shown = found(typed);
  const close = () => (isPaletteOpen.value = false);
  const run = (/** @type {number} */ index) => {
    const entry = shown[index];
    if (entry === undefined) return;
    close();
    setTimeout(entry.run); // once the dialog has given the focus back
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const step = STEPS[event.key];
    if (step !== undefined) setAt((at + step + shown.length) % shown.length);
    else if (event.key === "Enter") run(at);
    else return;
    event.preventDefault();
  };
  const type = (/** @type {any} */ event) => {
    setTyped(event.currentTarget.value);
    setAt(0);
  };
  return html`
    <${Dialog} title="Go to" kind="narrow" onClose=${close}>
      <div class="field-box palette-box">
        <input autofocus role="combobox" aria-label="Place, act or ticker" aria-expanded="true" aria-controls=${id} aria-activedescendant=${`${id}-${at}`} aria-autocomplete="list"
          value=${typed} onInput=${type} onKeyDown=${onKey} autocomplete="off" spellcheck=${false} placeholder="A place, an act, a ticker" />
      </div>
      <ul class="palette" id=${id} role="listbox" aria-label="What fits">
        ${shown.map(
          ({ name, says }, index) => html`
            <li key=${name} id=${`${id}-${index}`} role="option" aria-selected=${String(index === at)} onPointerMove=${() => setAt(index)} onClick=${() => run(index)}>
              <span>${name}</span><span class="palette-says">${says}</span>
            </li>
          `,
        )}
      </ul>
    <//>
  `;
}
