/** Puts a text on the clipboard and says so. */
import { html } from "../lib/html.js";
import { toast } from "../state/toasts.js";

/** @param {{ text: string, what: string }} props */
export function CopyButton({ text, what }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast(`Copied ${what}`);
    } catch {
      toast(`The browser would not copy ${what}: mark it and copy it by hand`, "bad");
    }
  };
  return html`<button type="button" class="button" data-size="small" aria-label=${`Copy ${what}`} onClick=${copy}>Copy</button>`;
}
