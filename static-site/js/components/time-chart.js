/**
 * A chart over time. The canvas is for the eye; its label says the same in a sentence, and arrow keys read single
 * points aloud through the reading beside the title.
 */
import { distinct, DrawnSeries } from "../lib/draw-series.js";
import { watchTheme } from "../lib/colours.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";

const KEY_STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 });

/** @typedef {import("../lib/draw-series.js").Series} Series */

/**
 * @param {object} props
 * @param {any} props.title
 * @param {string} props.label what the chart shows, as a sentence
 * @param {Series[]} props.series the first one is what readings count
 * @param {(index: number | null) => string} props.readingOf of a point of the first series; null: none is chosen
 * @param {"tall" | "usual"} [props.size]
 * @param {string} props.signature changes when the data does
 * @param {((drawn: DrawnSeries) => any) | null} [props.over] what lies over the drawing, once it is there
 */
export function TimeChart({ title, label, series, readingOf, size = "usual", signature, over = null }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const drawn = useRef(/** @type {DrawnSeries | null} */ (null));
  const [state, setState] = useState(/** @type {"waiting" | "drawn" | "failed"} */ ("waiting"));
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  const latest = useRef(series);
  latest.current = series;
  const points = distinct(series[0]?.points ?? []);

  useEffect(() => mount(place.current, drawn, latest, setState, setChosen), []);
  useEffect(() => {
    setChosen(null);
    drawn.current?.show(series);
  }, [signature, state]);

  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const step = KEY_STEPS[event.key];
    if (step === undefined || points.length === 0) return;
    event.preventDefault();
    const next = Math.min(Math.max((chosen ?? points.length - 1) + step, 0), points.length - 1);
    setChosen(next);
    drawn.current?.pointAt(next);
  };
  return html`
    <figure class="time-chart" data-size=${size}>
      <figcaption><span class="chart-title">${title}</span><output class="chart-reading figure">${readingOf(chosen)}</output></figcaption>
      ${state === "failed" && html`<p class="detail-note">The chart could not be loaded. ${label}</p>`}
      <div class="time-chart-place">
        <div class="time-chart-canvas" ref=${place} tabindex="0" role="img" hidden=${state === "failed"}
          aria-label=${`${label} Arrow keys read single points.`} onKeyDown=${onKey} onBlur=${() => setChosen(null)}></div>
        ${over !== null && state === "drawn" && drawn.current !== null && over(drawn.current)}
      </div>
      <p class="chart-maker">Charts by <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">TradingView</a> Lightweight Charts</p>
    </figure>
  `;
}

/**
 * @param {HTMLElement | null} place
 * @param {{ current: DrawnSeries | null }} drawn
 * @param {{ current: Series[] }} latest
 * @param {(state: "drawn" | "failed") => void} setState
 * @param {(index: number | null) => void} setChosen
 */
function mount(place, drawn, latest, setState, setChosen) {
  let isGone = false;
  const stopWatching = watchTheme(() => {
    drawn.current?.paint();
    drawn.current?.show(latest.current);
  });
  import("../../vendor/lightweight-charts.js").then(
    (library) => {
      if (isGone || place === null) return;
      drawn.current = new DrawnSeries(library, place);
      drawn.current.onPointer((at) => setChosen(indexAt(latest.current, at)));
      setState("drawn");
    },
    () => isGone || setState("failed"),
  );
  return () => {
    isGone = true;
    stopWatching();
    drawn.current?.remove();
    drawn.current = null;
  };
}

/** @param {Series[]} series @param {number | string | null} at */
function indexAt(series, at) {
  if (at === null) return null;
  const same = typeof at === "string" ? at : Math.floor(at / 1000);
  const index = distinct(series[0]?.points ?? []).findIndex((point) => (typeof point.at === "string" ? point.at : Math.floor(point.at / 1000)) === same);
  return index === -1 ? null : index;
}
