/** A text as a QR code, dark on light in both themes: a camera reads it, and nothing leaves the page for it. */
import { html, useMemo } from "../lib/html.js";
import { generate } from "../../vendor/lean-qr.js";

/** Modules of light around it, without which cameras do not find it (ISO/IEC 18004). */
const QUIET = 4;

/** @param {{ text: string, label: string }} props */
export function QrDrawing({ text, label }) {
  const { size, path } = useMemo(() => draw(text), [text]);
  const side = size + 2 * QUIET;
  return html`
    <svg class="qr-code" viewBox=${`${-QUIET} ${-QUIET} ${side} ${side}`} role="img" aria-label=${label} shape-rendering="crispEdges">
      <path d=${path} />
    </svg>
  `;
}

/** @param {string} text */
function draw(text) {
  const code = generate(text);
  let path = "";
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  return { size: code.size, path };
}
