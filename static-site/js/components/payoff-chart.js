/** What a structure wins and loses at its first expiry and today, over the price of the underlying; break-evens and the present price are marked. */
import { money, price, priceNear, profit } from "../lib/format.js";
import { html, useLayoutEffect, useMemo, useRef, useState } from "../lib/html.js";
import { drawPayoff, resultAt } from "../lib/payoff-geometry.js";
import { watchWidth } from "../lib/watch-width.js";

const HEIGHT = 160;
const MARGIN = { start: 50, end: 14, top: 18, bottom: 20 };
const WIDTH_FIRST = 380;
const KEY_STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 });
const STEPS_ACROSS = 100;

/**
 * @param {object} props
 * @param {{ payoff: number[][], payoff_now?: number[][], break_evens: number[], max_profit: number | null, max_loss: number | null }} props.known
 * @param {number | null} props.spot
 * @param {string} [props.spotName] when the underlying stood there
 */
export function PayoffChart({ known, spot, spotName = "now" }) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(WIDTH_FIRST);
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  useLayoutEffect(() => watchWidth(frame.current, setWidth), []);
  const marks = spot === null ? known.break_evens : [...known.break_evens, spot];
  const drawn = useMemo(() => drawPayoff(known.payoff, marks, { width, height: HEIGHT, ...MARGIN }, known.payoff_now), [known, spot, width]);

  const onMove = (/** @type {any} */ event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const part = (event.clientX - box.left - MARGIN.start) / (width - MARGIN.start - MARGIN.end);
    setChosen(drawn.low + Math.min(Math.max(part, 0), 1) * (drawn.high - drawn.low));
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const step = KEY_STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (chosen ?? spot ?? drawn.low) + (step * (drawn.high - drawn.low)) / STEPS_ACROSS;
    setChosen(Math.min(Math.max(next, drawn.low), drawn.high));
  };
  return html`
    <figure class="payoff" ref=${frame}>
      <svg width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} tabindex="0" role="application" aria-roledescription="payoff chart"
        aria-label=${`${summary(known, spot)} Arrow keys read the result at a price.`}
        onPointerMove=${onMove} onPointerLeave=${() => setChosen(null)} onKeyDown=${onKey}>
        <${Axes} drawn=${drawn} width=${width} />
        <path class="payoff-gain" d=${drawn.gain} />
        <path class="payoff-loss" d=${drawn.loss} />
        <line class="payoff-zero" x1=${MARGIN.start} x2=${width - MARGIN.end} y1=${drawn.up.at(0)} y2=${drawn.up.at(0)} />
        <path class="payoff-line" d=${drawn.line} />
        ${drawn.nowLine !== "" && html`<path class="payoff-now" d=${drawn.nowLine} />`}
        ${spot !== null && html`<${Spot} spot=${spot} name=${spotName} drawn=${drawn} width=${width} />`}
        ${known.break_evens.map((each) => html`<circle key=${each} class="payoff-even" cx=${drawn.across(each)} cy=${drawn.up.at(0)} r="3.5" />`)}
        ${chosen !== null && html`<${Reading} at=${chosen} drawn=${drawn} />`}
      </svg>
      <figcaption class="chart-reading figure">${captionOf(known, drawn, chosen)}</figcaption>
    </figure>
  `;
}

/** @param {{ payoff: number[][], break_evens: number[] }} known @param {import("../lib/payoff-geometry.js").Drawing} drawn @param {number | null} chosen */
function captionOf(known, drawn, chosen) {
  if (chosen !== null) {
    const read = (/** @type {import("../lib/payoff-geometry.js").Point[]} */ points) => profit(Math.round(resultAt(points, chosen) * 100) / 100);
    return `At ${priceNear(chosen)}: ${read(drawn.points)} at expiry${drawn.now.length > 1 ? `, ${read(drawn.now)} today` : ""}`;
  }
  const evens = known.break_evens.map(priceNear).join(" and ");
  return [`At the first expiry${drawn.now.length > 1 ? ", dashed today" : ""}, before fees`, ...(evens === "" ? [] : [`even at ${evens}`])].join(" · ");
}

/** @param {{ break_evens: number[], max_profit: number | null, max_loss: number | null }} known @param {number | null} spot */
function summary({ break_evens: evens, max_profit: most, max_loss: least }, spot) {
  const parts = [
    `At the first expiry it wins ${most === null ? "without limit" : `at most ${money(most)}`} and loses ${least === null ? "without limit" : `at most ${money(least)}`}.`,
    evens.length > 0 ? `It is even at ${evens.map(priceNear).join(" and ")}.` : "",
    spot === null ? "" : `The underlying stands at ${price(spot)}.`,
  ];
  return parts.filter(Boolean).join(" ");
}

/** @param {{ drawn: import("../lib/payoff-geometry.js").Drawing, width: number }} props */
function Axes({ drawn, width }) {
  const foot = HEIGHT - MARGIN.bottom;
  const short = (/** @type {number} */ value) => profit(value).replace(/\.00$/, "");
  return html`
    <g class="payoff-axes" aria-hidden="true">
      ${drawn.up.ticks.map(
        (tick) => html`<g key=${`up ${tick}`}>
          ${tick !== 0 && html`<line class="payoff-grid" x1=${MARGIN.start} x2=${width - MARGIN.end} y1=${drawn.up.at(tick)} y2=${drawn.up.at(tick)} />`}
          <text x=${MARGIN.start - 6} y=${drawn.up.at(tick) + 4} text-anchor="end">${short(tick)}</text>
        </g>`,
      )}
      ${drawn.ticks.map((tick) => html`<text key=${`across ${tick}`} x=${drawn.across(tick)} y=${foot + 15} text-anchor="middle">${Number(tick.toFixed(2))}</text>`)}
    </g>
  `;
}

/** @param {{ spot: number, name: string, drawn: import("../lib/payoff-geometry.js").Drawing, width: number }} props */
function Spot({ spot, name, drawn, width }) {
  const x = drawn.across(spot);
  const isRight = x > width * 0.7;
  return html`
    <g aria-hidden="true">
      <line class="payoff-spot" x1=${x} x2=${x} y1=${MARGIN.top - 4} y2=${HEIGHT - MARGIN.bottom} />
      <text class="payoff-spot-text" x=${x + (isRight ? -4 : 4)} y=${MARGIN.top - 7} text-anchor=${isRight ? "end" : "start"}>${name} ${price(spot)}</text>
    </g>
  `;
}

/** @param {{ at: number, drawn: import("../lib/payoff-geometry.js").Drawing }} props */
const Reading = ({ at, drawn }) => html`
  <g aria-hidden="true">
    <line class="payoff-reading" x1=${drawn.across(at)} x2=${drawn.across(at)} y1=${MARGIN.top} y2=${HEIGHT - MARGIN.bottom} />
    <circle class="payoff-point" cx=${drawn.across(at)} cy=${drawn.up.at(resultAt(drawn.points, at))} r="4" />
    ${drawn.now.length > 1 && html`<circle class="payoff-point" data-now="" cx=${drawn.across(at)} cy=${drawn.up.at(resultAt(drawn.now, at))} r="3" />`}
  </g>
`;
