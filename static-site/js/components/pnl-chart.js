/**
 * P&L over time: the mark against the entry. What lies above the entry's line is gain, below it loss; stop and
 * target are drawn as lines, bookends, entry and exit as marks. Arrow keys walk along it.
 */
import { areaPath, layOut, linePath, nearest } from "../lib/chart-geometry.js";
import { dateTime, day, price, time } from "../lib/format.js";
import { html, useId, useLayoutEffect, useRef, useState } from "../lib/html.js";

const HEIGHT = 200;
const LABEL_SPACE = 62;
/** Room for the half of a mark that stands on the first point. */
const MARK_SPACE = 6;
const WIDTH_FIRST = 560;
const KEY_STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 });
const MARKED_KINDS = /** @type {Record<string, string>} */ ({
  PRE_MARKET: "before the open",
  POST_MARKET: "after the close",
  ENTRY: "entry",
  EXIT: "exit",
});

/** @param {{ trade: import("../shapes.js").Trade, snapshots: import("../shapes.js").Snapshot[] }} props */
export function PnlChart({ trade, snapshots }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(WIDTH_FIRST);
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  const clip = useId();
  useLayoutEffect(() => watchWidth(frame.current, setWidth), []);

  const entry = trade.entry_price;
  const plot = { width: Math.max(120, width - LABEL_SPACE - MARK_SPACE), height: HEIGHT };
  const { points, days, y } = layOut(snapshots, [entry, trade.sl_price, trade.tp_price], plot);
  if (points.length < 2 || entry === null) {
    return html`<figure class="chart chart-empty" ref=${frame}><p>The chart begins with the second mark.</p></figure>`;
  }
  const shown = points[Math.min(chosen ?? points.length - 1, points.length - 1)];
  const onMove = (/** @type {any} */ event) => {
    const box = event.currentTarget.getBoundingClientRect();
    setChosen(nearest(points, event.clientX - box.left - MARK_SPACE));
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const step = KEY_STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setChosen(Math.min(Math.max((chosen ?? points.length - 1) + step, 0), points.length - 1));
  };

  return html`
    <figure class="chart" ref=${frame}>
      <figcaption>
        <span class="chart-title">P&L over time <span class="figure-side">mark against entry, per share</span></span>
        <output class="chart-reading figure">${readingText(shown, entry)}</output>
      </figcaption>
      <svg viewBox=${`${-MARK_SPACE} -8 ${width} ${HEIGHT + 34}`} width=${width} height=${HEIGHT + 34} tabindex="0" role="img"
        aria-label=${`Mark from ${price(points[0].value)} to ${price(points[points.length - 1].value)}, entry ${price(entry)}. Arrow keys read single marks.`}
        onPointerMove=${onMove} onPointerLeave=${() => setChosen(null)} onKeyDown=${onKey}>
        <defs>
          <clipPath id=${`${clip}-gain`}><rect x="0" y="-8" width=${plot.width} height=${Math.max(0, y(entry) + 8)} /></clipPath>
          <clipPath id=${`${clip}-loss`}><rect x="0" y=${y(entry)} width=${plot.width} height=${Math.max(0, HEIGHT - y(entry))} /></clipPath>
        </defs>
        ${days.map((point) => html`<${DayMark} key=${point.at} point=${point} />`)}
        <path class="chart-gain" d=${areaPath(points, y(entry))} clip-path=${`url(#${clip}-gain)`} />
        <path class="chart-loss" d=${areaPath(points, y(entry))} clip-path=${`url(#${clip}-loss)`} />
        <${Levels} trade=${trade} entry=${entry} y=${y} width=${plot.width} />
        <path class="chart-line" d=${linePath(points)} />
        ${points.map((point, index) => MARKED_KINDS[point.snapshot.kind] && html`<${KindMark} key=${index} point=${point} />`)}
        <line class="chart-cursor" x1=${shown.x} x2=${shown.x} y1="0" y2=${HEIGHT} />
        <circle class="chart-dot" cx=${shown.x} cy=${shown.y} r="3.5" />
        <text class="chart-axis" x="0" y=${HEIGHT + 18}>${dateTime(points[0].at)}</text>
        <text class="chart-axis" x=${plot.width} y=${HEIGHT + 18} text-anchor="end">${dateTime(points[points.length - 1].at)} ET</text>
      </svg>
    </figure>
  `;
}

/** @param {import("../lib/chart-geometry.js").Point} point @param {number} entry */
function readingText(point, entry) {
  const kind = MARKED_KINDS[point.snapshot.kind];
  const way = point.value > entry ? "above entry" : point.value < entry ? "below entry" : "at entry";
  return `${day(point.at)} ${time(point.at)} · ${price(point.value)} · ${way}${kind ? ` · ${kind}` : ""}`;
}

/** @param {{ trade: import("../shapes.js").Trade, entry: number, y: (value: number) => number, width: number }} props */
function Levels({ trade, entry, y, width }) {
  const levels = [
    { name: "Target", value: trade.tp_price, kind: "target" },
    { name: "Entry", value: entry, kind: "entry" },
    { name: "Stop", value: trade.sl_price, kind: "stop" },
  ].filter((level) => level.value !== null);
  return levels.map(({ name, value, kind }) => {
    const at = y(/** @type {number} */ (value));
    return html`
      <g key=${kind} class="chart-level" data-level=${kind}>
        <line x1="0" x2=${width} y1=${at} y2=${at} />
        <text x=${width + 6} y=${at - 1}>${name}</text>
        <text x=${width + 6} y=${at + 11}>${price(value)}</text>
      </g>
    `;
  });
}

/** @param {{ point: import("../lib/chart-geometry.js").Point }} props */
const DayMark = ({ point }) => html`
  <g class="chart-day">
    <line x1=${point.x} x2=${point.x} y1="0" y2=${HEIGHT} />
    <text class="chart-axis" x=${point.x + 4} y="4">${day(point.at)}</text>
  </g>
`;

/** A bookend is a diamond; entry and exit are a ring. @param {{ point: import("../lib/chart-geometry.js").Point }} props */
const KindMark = ({ point: { x, y, snapshot } }) =>
  snapshot.kind === "ENTRY" || snapshot.kind === "EXIT"
    ? html`<circle class="chart-mark" cx=${x} cy=${y} r="4.5"><title>${MARKED_KINDS[snapshot.kind]}</title></circle>`
    : html`<path class="chart-mark" d=${`M${x} ${y - 5}l5 5-5 5-5-5z`}><title>${MARKED_KINDS[snapshot.kind]}</title></path>`;

/** @param {HTMLElement | null} element @param {(width: number) => void} tell */
function watchWidth(element, tell) {
  if (element === null) return undefined;
  const observer = new ResizeObserver(([entry]) => tell(Math.max(240, Math.floor(entry.contentRect.width))));
  observer.observe(element);
  return () => observer.disconnect();
}
