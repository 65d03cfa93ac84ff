/** How long until an instant, second by second, by the server's clock. */
import { html, useEffect, useState } from "../lib/html.js";
import { countdown } from "../lib/trading-words.js";
import { waitUntil } from "../state/clock.js";

const SECOND_MS = 1_000;

/** @param {{ until: string, over?: string }} props `over`: what stands once it has come */
export function Countdown({ until, over = "now" }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((count) => count + 1), SECOND_MS);
    return () => clearInterval(timer);
  }, [until]);
  const left = waitUntil(until);
  return html`<time class="figure countdown" datetime=${until} role="timer">${left === null ? "—" : left === 0 ? over : countdown(left)}</time>`;
}
