/**
 * What the stop cost: each trade's worst (or best) mark while it was held, against where it ended. A trade on the
 * dashed line ended at that very mark. Any trade can be opened from here.
 */
import { Segmented } from "../components/segmented.js";
import { TradeDetail } from "../components/trade-detail.js";
import { axisFor } from "../lib/axis.js";
import { change, percent } from "../lib/format.js";
import { html, useLayoutEffect, useMemo, useRef, useState } from "../lib/html.js";
import { watchWidth } from "../lib/watch-width.js";
import { readDetail } from "../state/details.js";
import { nearest, triangles } from "./scatter-geometry.js";

/** @typedef {import("../shapes-performance.js").Excursion} Excursion */
/** @typedef {{ id: string, across: number, ended: number, mae: number, mfe: number, x: number, y: number }} Point */

const HEIGHT = 300;
const MARGIN = { start: 52, end: 12, top: 12, bottom: 36 };
const WIDTH_FIRST = 640;
const KEY_STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 });
const HAD_BEEN_UP_PCT = 20;
/** Fewer say nothing of a stop. */
const TRADES_MIN = 10;

/** @param {{ excursions: Excursion[] }} props */
export function PerformanceExcursions({ excursions }) {
  const [which, setWhich] = useState(/** @type {"mae" | "mfe"} */ ("mae"));
  const [opened, setOpened] = useState(/** @type {string | null} */ (null));
  const known = excursions.filter((each) => each.mae_pct !== null && each.mfe_pct !== null && each.pnl_pct !== null);
  if (known.length === 0) return excursions.length === 0 ? null : html`<${NoMarks} count=${excursions.length} />`;
  const open = (/** @type {string} */ id) => {
    void readDetail(id);
    setOpened(id);
  };
  return html`
    <section class="panel" aria-labelledby="performance-excursions">
      <div class="panel-head">
        <h2 id="performance-excursions">What the stop cost</h2>
        <${Segmented} label="Against" value=${which} options=${[["mae", "Worst mark"], ["mfe", "Best mark"]]} onChoose=${setWhich} />
      </div>
      <p class="panel-note">${known.length < TRADES_MIN ? `${known.length} trades with marks are too few to say what a stop cost.` : finding(known, which)}
        ${known.length < excursions.length && ` ${known.length} of ${excursions.length} trades have marks.`}</p>
      <${Scatter} key=${which} known=${known} which=${which} onOpen=${open} />
      ${
        opened !== null &&
        html`<div class="excursion-detail">
          <button type="button" class="button" data-size="small" onClick=${() => setOpened(null)}>Hide the trade</button>
          <${TradeDetail} key=${opened} id=${opened} />
        </div>`
      }
    </section>
  `;
}

/** @param {{ count: number }} props */
const NoMarks = ({ count }) => html`
  <section class="panel" aria-labelledby="performance-excursions">
    <h2 id="performance-excursions">What the stop cost</h2>
    <p class="panel-note">None of ${count} ${count === 1 ? "trade" : "trades"} has marks: past trades from a file bring only their two prices.</p>
  </section>
`;

/** @param {Excursion[]} known @param {"mae" | "mfe"} which */
function finding(known, which) {
  const isLoss = (/** @type {Excursion} */ each) => /** @type {number} */ (each.pnl_pct) < 0;
  if (which === "mfe") {
    const losses = known.filter(isLoss);
    const were = losses.filter((each) => /** @type {number} */ (each.mfe_pct) >= HAD_BEEN_UP_PCT).length;
    return `${were} of ${losses.length} losing trades had been ${HAD_BEEN_UP_PCT}% up or more before they ended. Far below the dashed line: much was given back.`;
  }
  const wins = known.filter((each) => !isLoss(each));
  const were = wins.filter((each) => /** @type {number} */ (each.mae_pct) <= -HAD_BEEN_UP_PCT).length;
  return `${were} of ${wins.length} trades that did not lose had been ${HAD_BEEN_UP_PCT}% down or more: a tighter stop would have ended them there. On the dashed line: ended at the worst mark.`;
}

/** @param {{ known: Excursion[], which: "mae" | "mfe", onOpen: (id: string) => void }} props */
function Scatter({ known, which, onOpen }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(WIDTH_FIRST);
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  useLayoutEffect(() => watchWidth(frame.current, setWidth), []);
  const { points, across, up, gains, losses } = useMemo(() => layOut(known, which, width), [known, which, width]);
  const shown = chosen === null ? null : points[chosen];
  const name = which === "mae" ? "Worst mark" : "Best mark";

  const onMove = (/** @type {any} */ event) => {
    const box = event.currentTarget.getBoundingClientRect();
    setChosen(nearest(points, { x: event.clientX - box.left, y: event.clientY - box.top }));
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const step = KEY_STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen(Math.min(Math.max((chosen ?? -1) + step, 0), points.length - 1));
    } else if (event.key === "Enter" && shown !== null) {
      onOpen(shown.id);
    }
  };
  return html`
    <figure class="scatter" ref=${frame}>
      <svg width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} tabindex="0" role="application"
        aria-roledescription="scatter chart"
        aria-label=${`${points.length} trades: ${name.toLowerCase()} while held, across, against the result, upwards. Arrow keys read single trades, Enter opens one.`}
        onPointerMove=${onMove} onPointerLeave=${() => setChosen(null)} onKeyDown=${onKey}
        onClick=${() => shown !== null && onOpen(shown.id)}>
        <${Axes} across=${across} up=${up} width=${width} name=${name} />
        <path class="scatter-gain" d=${gains} />
        <path class="scatter-loss" d=${losses} />
        ${shown !== null && html`<circle class="scatter-chosen" cx=${shown.x} cy=${shown.y} r="7" />`}
      </svg>
      <figcaption>
        <span class="scatter-key"><span class="amount" data-way="gain">▲ won</span> <span class="amount" data-way="loss">▼ lost</span></span>
        <output class="chart-reading figure">${shown === null ? "Point at a trade to read it, press it to open it." : readingText(shown)}</output>
      </figcaption>
    </figure>
  `;
}

/** @param {Point} point */
const readingText = ({ ended, mae, mfe }) => `Ended ${change(ended)} · worst ${change(mae)} · best ${change(mfe)}`;

/** Worked out once for all that the pointer then does; from left to right, as arrow keys walk. @param {Excursion[]} known @param {"mae" | "mfe"} which @param {number} width */
function layOut(known, which, width) {
  const values = known.map((each) => ({
    id: each.trade_id,
    ended: /** @type {number} */ (each.pnl_pct),
    mae: /** @type {number} */ (each.mae_pct),
    mfe: /** @type {number} */ (each.mfe_pct),
    across: /** @type {number} */ (which === "mae" ? each.mae_pct : each.mfe_pct),
  }));
  const across = axisFor(values.map((each) => each.across), MARGIN.start, width - MARGIN.end);
  const up = axisFor(values.map((each) => each.ended), HEIGHT - MARGIN.bottom, MARGIN.top);
  const points = values
    .sort((one, other) => one.across - other.across)
    .map((each) => ({ ...each, x: across.at(each.across), y: up.at(each.ended) }));
  const gains = triangles(points.filter((point) => point.ended >= 0), true);
  const losses = triangles(points.filter((point) => point.ended < 0), false);
  return { points, across, up, gains, losses };
}

/** @param {{ across: import("../lib/axis.js").Axis, up: import("../lib/axis.js").Axis, width: number, name: string }} props */
function Axes({ across, up, width, name }) {
  const low = Math.max(across.low, up.low);
  const high = Math.min(across.high, up.high);
  const foot = HEIGHT - MARGIN.bottom;
  return html`
    <g class="scatter-axes" aria-hidden="true">
      ${up.ticks.map(
        (tick) => html`<g key=${`up ${tick}`}>
          <line class=${tick === 0 ? "scatter-zero" : "scatter-grid"} x1=${MARGIN.start} x2=${width - MARGIN.end} y1=${up.at(tick)} y2=${up.at(tick)} />
          <text x=${MARGIN.start - 6} y=${up.at(tick) + 4} text-anchor="end">${percent(tick).replace(".0%", "%")}</text>
        </g>`,
      )}
      ${across.ticks.map(
        (tick) => html`<text key=${`across ${tick}`} x=${across.at(tick)} y=${foot + 16} text-anchor="middle">${percent(tick).replace(".0%", "%")}</text>`,
      )}
      <text x=${width - MARGIN.end} y=${foot + 31} text-anchor="end">${name} while held, of the entry →</text>
      <text x=${MARGIN.start} y=${MARGIN.top - 2}>↑ Result</text>
      ${low < high && html`<line class="scatter-equal" x1=${across.at(low)} x2=${across.at(high)} y1=${up.at(low)} y2=${up.at(high)} />`}
    </g>
  `;
}
