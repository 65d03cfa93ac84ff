/**
 * Stop and targets in a chart, to be dragged or moved by keys: arrows move the one that has the focus, Enter asks, Escape takes it back.
 * Nothing counts before the question is answered.
 */
import { change, price } from "../lib/format.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { isApart, isStructure, shortName } from "../lib/legs.js";
import { levelsOf, onStep, stepAt } from "../lib/level-moves.js";
import { holdsShares } from "../lib/words.js";
import { LevelQuestion } from "./level-question.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** @typedef {import("../lib/level-moves.js").Level} Level */
/** @typedef {import("../lib/draw-series.js").DrawnSeries} DrawnSeries */

/** Half of a handle: it stays whole at the drawing's edge, where a level beyond it is held. */
const EDGE = 14;
const BIG_STEPS = 10;
const BESIDE_REM = 9;
/** Room of the time axis, in which no handle stands. */
const AXIS = 28;

/** Held, with levels that one may move. @param {Trade} trade */
export const mayMoveLevels = (trade) => !trade.is_locked && ["OPEN", "PARTIALLY_FILLED"].includes(trade.status) && !isApart(trade) && !holdsShares(trade) && levelsOf(trade).length > 0;

/** @param {{ trade: Trade, drawn: DrawnSeries }} props */
export function LevelHandles({ trade, drawn }) {
  const [, redraw] = useState(0);
  const [moved, setMoved] = useState(/** @type {Record<string, number>} */ ({}));
  const [asked, setAsked] = useState(/** @type {Level | null} */ (null));
  const levels = levelsOf(trade);
  const stands = levels.map(({ value }) => value).join();
  useEffect(() => drawn.onScale(() => redraw((count) => count + 1)), [drawn]);
  useEffect(() => setMoved({}), [stands]); // what was moved here, or elsewhere, is where it is
  const places = placed(levels.map(({ name, value }) => drawn.yOf(moved[name] ?? value)), drawn.place.clientHeight - AXIS);
  const takeBack = (/** @type {Level} */ { name }) => setMoved((before) => Object.fromEntries(Object.entries(before).filter(([each]) => each !== name)));
  return html`
    <div class="level-handles" role="group" aria-label=${`Levels of ${shortName(trade)}`}>
      ${levels.map(
        (level, index) => html`
          <${Handle} key=${level.name} trade=${trade} level=${level} drawn=${drawn} place=${places[index]} value=${moved[level.name] ?? level.value}
            onMove=${(/** @type {number} */ to) => setMoved({ ...moved, [level.name]: to })}
            onAsk=${() => (moved[level.name] ?? level.value) !== level.value && setAsked(level)}
            onBack=${() => takeBack(level)} />
        `,
      )}
    </div>
    ${
      asked !== null &&
      html`<${LevelQuestion} trade=${trade} level=${asked} to=${moved[asked.name] ?? asked.value} onClose=${() => {
        takeBack(asked);
        setAsked(null);
      }} />`
    }
  `;
}

/**
 * Where handles stand: within the drawing, and beside one another where they would cover each other. `row`: how many are beside it already.
 * @typedef {{ top: number, row: number, beyond: "" | " ↑" | " ↓" }} Place
 */

/** @param {(number | null)[]} heights @param {number} height of the drawing @returns {(Place | null)[]} */
function placed(heights, height) {
  /** @type {Place[]} */
  const taken = [];
  return heights.map((y) => {
    if (y === null) return null;
    const top = Math.min(Math.max(y, EDGE), height - EDGE);
    const place = /** @type {Place} */ ({ top, row: taken.filter((other) => Math.abs(other.top - top) < 2 * EDGE).length, beyond: y < top ? " ↑" : y > top ? " ↓" : "" });
    taken.push(place);
    return place;
  });
}

/** @param {{ trade: Trade, level: Level, drawn: DrawnSeries, place: Place | null, value: number, onMove: (to: number) => void, onAsk: () => void, onBack: () => void }} props */
function Handle({ trade, level, drawn, place, value, onMove, onAsk, onBack }) {
  const held = useRef(/** @type {number | null} */ (null)); // how far from the level it was taken hold of
  if (place === null) return null;
  const { top, row, beyond } = place;
  const height = drawn.place.clientHeight - AXIS;
  const isMoved = value !== level.value;
  const least = isStructure(trade) ? -Infinity : stepAt(0.01, trade);
  const moveTo = (/** @type {number} */ to) => onMove(Math.max(least, onStep(to, trade)));
  const onPointerDown = (/** @type {any} */ event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    held.current = event.clientY - top;
  };
  const onPointerMove = (/** @type {any} */ event) => {
    if (held.current === null) return;
    const to = drawn.valueAt(Math.min(Math.max(event.clientY - held.current, 2), height - 2));
    if (to !== null) moveTo(to);
  };
  const onPointerUp = () => {
    if (held.current === null) return;
    held.current = null;
    onAsk();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: BIG_STEPS, PageDown: -BIG_STEPS }[event.key];
    if (steps === undefined && event.key !== "Enter" && !(event.key === "Escape" && isMoved)) return;
    event.preventDefault();
    event.stopPropagation(); // Escape would close what the chart stands in
    if (event.key === "Enter") onAsk();
    else if (event.key === "Escape") onBack();
    else moveTo(value + (steps ?? 0) * stepAt(value, trade));
  };
  return html`
    <div class="level-line" data-kind=${level.index === null ? "stop" : "target"} data-moved=${isMoved ? "" : null} style=${{ insetBlockStart: `${top}px` }}>
      <button type="button" class="level-handle" role="slider" aria-orientation="vertical" aria-label=${level.text} aria-valuenow=${value}
        aria-valuetext=${`${price(value)}${awayText(trade, value)}${isMoved ? `, was ${price(level.value)}; Enter asks` : ""}`}
        style=${{ insetInlineStart: `${row * BESIDE_REM}rem` }} title="Drag, or arrow keys; Enter asks before it counts"
        onPointerDown=${onPointerDown} onPointerMove=${onPointerMove} onPointerUp=${onPointerUp} onPointerCancel=${() => (held.current = null)} onKeyDown=${onKeyDown}>
        <span class="figure">${level.text} ${price(value)}${beyond}</span>
      </button>
    </div>
  `;
}

/** @param {Trade} trade @param {number} value */
function awayText({ current_price: mark, ...trade }, value) {
  return mark === null || mark <= 0 || isStructure(trade) ? "" : `, ${change(((value - mark) / mark) * 100)} from the mark`;
}
