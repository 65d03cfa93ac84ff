/** A small line of a position's price, with its entry, its stop and its next target. Decorative: the figures stand below it. */
import { readSpark } from "../api-trading.js";
import { html, useEffect, useState } from "../lib/html.js";

const WIDTH = 240;
const HEIGHT = 44;
const RENEW_MS = 60_000;

/** @type {Map<string, { at: number, points: number[] }>} */
const known = new Map();

/** @param {{ trade: import("../shapes.js").Trade }} props */
export function Spark({ trade }) {
  const [points, setPoints] = useState(known.get(trade.id)?.points ?? []);
  useEffect(() => {
    let isGone = false;
    if (Date.now() - (known.get(trade.id)?.at ?? 0) < RENEW_MS) return;
    readSpark(trade.id).then(
      ({ items }) => {
        const read = items.flatMap(({ price }) => (price === null ? [] : [price]));
        known.set(trade.id, { at: Date.now(), points: read });
        if (!isGone) setPoints(read);
      },
      () => {}, // a card without its line says the same
    );
    return () => {
      isGone = true;
    };
  }, [trade.mark_at]);
  const line = [...points, ...(trade.current_price === null ? [] : [trade.current_price])];
  if (line.length < 2) return null;
  const levels = [trade.entry_price, trade.sl_price].flatMap((level) => (level === null ? [] : [level]));
  const low = Math.min(...line, ...levels);
  const high = Math.max(...line, ...levels);
  const y = (/** @type {number} */ value) => (high === low ? HEIGHT / 2 : 2 + ((high - value) / (high - low)) * (HEIGHT - 4));
  const x = (/** @type {number} */ index) => (index / (line.length - 1)) * WIDTH;
  const level = (/** @type {number | null} */ value, /** @type {string} */ kind) => value !== null && html`<line class=${`spark-${kind}`} x1="0" x2=${WIDTH} y1=${y(value)} y2=${y(value)} />`;
  return html`
    <svg class="spark" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      ${level(trade.entry_price, "entry")}${level(trade.sl_price, "stop")}
      <polyline class="spark-line" points=${line.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ")} />
    </svg>
  `;
}
