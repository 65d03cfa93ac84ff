/**
 * A time series on a canvas, drawn by lightweight-charts: what the component `TimeChart` holds on to. The library
 * is fetched when the first chart is drawn. Its x axis counts points, not hours: nights take no room.
 */
import { coloursAt } from "./colours.js";
import { calendarDate, dateTime, dateTimeZoned, day, timeShort } from "./format.js";

/**
 * `at` is an instant in milliseconds, or a calendar date for a point a day.
 * @typedef {{ at: number | string, value: number, tone?: Tone }} Point
 * @typedef {"gain" | "loss" | "accent" | "ink" | "faint"} Tone
 * @typedef {{ at: number | string, text: string, shape: "circle" | "square" | "arrowUp" | "arrowDown" | "none", isAbove?: boolean }} Mark none: the text alone
 * @typedef {object} Series
 * @property {"line" | "area" | "baseline" | "bars"} kind baseline: gain above `base`, loss below it
 * @property {Point[]} points oldest first
 * @property {Tone} [tone]
 * @property {number} [base]
 * @property {number} [pane] 0 the upper, 1 the one below
 * @property {(value: number) => string} [format] of the value axis
 * @property {{ value: number, text: string, tone: Tone, isDashed?: boolean }[]} [levels] horizontal lines
 * @property {Mark[]} [marks]
 */

const TONES = { gain: "--gain", loss: "--loss", accent: "--accent", ink: "--ink", faint: "--ink-faint" };
const DASHED = 2;
const SOLID = 0;
/** Of the width, left and right of the points. */
const ROOM_PART = 0.025;
/** Four months are four bars, not four blocks. */
const BAR_WIDTH_MAX = 48;
const TIME_OF_DAY_TICK = 3;
const DAY_TICK = 2;

/** @typedef {typeof import("../../vendor/lightweight-charts.js")} Library */

/** @param {Point["at"]} at */
const toTime = (at) => (typeof at === "string" ? at : Math.floor(at / 1000));
/** @param {any} time */
const tickText = (time, /** @type {number} */ kind) => {
  if (typeof time === "string") return calendarDate(time).replace(/, \d{4}$/, "");
  return kind >= TIME_OF_DAY_TICK ? timeShort(time * 1000) : kind === DAY_TICK ? day(time * 1000) : dateTime(time * 1000);
};
/** @param {any} time */
const timeText = (time) => (typeof time === "string" ? calendarDate(time) : dateTimeZoned(time * 1000));

export class DrawnSeries {
  /** @param {Library} library @param {HTMLElement} place */
  constructor(library, place) {
    this.library = library;
    this.place = place;
    // The maker's logo would add an inline style, which the policy forbids; the page names the maker beside the chart.
    this.chart = library.createChart(place, { autoSize: true, layout: { attributionLogo: false } });
    /** @type {any[]} */
    this.drawn = [];
    /** @type {any[]} */
    this.marks = [];
    /** @type {Series[]} */
    this.series = [];
    this.shape = "";
    this.paint();
  }

  /** Theme colours and everything that does not move with the data. */
  paint() {
    const colour = coloursAt(this.place);
    this.chart.applyOptions({
      layout: {
        background: { type: this.library.ColorType.Solid, color: "transparent" },
        textColor: colour("--ink-soft"),
        fontFamily: getComputedStyle(this.place).fontFamily,
        fontSize: 11,
        panes: { separatorColor: colour("--line"), enableResize: false },
      },
      grid: { vertLines: { visible: false }, horzLines: { color: colour("--line") } },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.08 } },
      timeScale: {
        borderColor: colour("--line"),
        timeVisible: true,
        tickMarkFormatter: tickText,
        lockVisibleTimeRangeOnResize: true,
        maxBarSpacing: BAR_WIDTH_MAX,
      },
      crosshair: { mode: this.library.CrosshairMode.Magnet, horzLine: { visible: false, labelVisible: false } },
      localization: { timeFormatter: timeText },
      handleScroll: { mouseWheel: false, vertTouchDrag: false },
      handleScale: { mouseWheel: false, axisPressedMouseMove: false },
    });
  }

  /** @param {Series[]} series */
  show(series) {
    const shape = series.map(({ kind, pane, base }) => `${kind} ${pane ?? 0} ${base ?? ""}`).join();
    if (shape !== this.shape) this.begin(series, shape);
    this.series = series;
    series.forEach((each, index) => this.fill(each, index));
    this.showAll();
  }

  /** All points, with room for the marks on the first and the last. */
  showAll() {
    const last = Math.max(...this.series.map((each) => distinct(each.points).length)) - 1;
    const room = Math.max(0.5, last * ROOM_PART);
    this.chart.timeScale().setVisibleLogicalRange({ from: -room, to: last + room });
  }

  /** @param {Series[]} series @param {string} shape */
  begin(series, shape) {
    for (const each of this.drawn) this.chart.removeSeries(each);
    this.drawn = series.map((each) => this.chart.addSeries(this.definition(each.kind), {}, each.pane ?? 0));
    this.marks = this.drawn.map((each) => this.library.createSeriesMarkers(each, []));
    this.shape = shape;
  }

  /** @param {Series["kind"]} kind */
  definition(kind) {
    const { LineSeries, AreaSeries, BaselineSeries, HistogramSeries } = this.library;
    return { line: LineSeries, area: AreaSeries, baseline: BaselineSeries, bars: HistogramSeries }[kind];
  }

  /** @param {Series} series @param {number} index */
  fill(series, index) {
    const colour = coloursAt(this.place);
    const drawn = this.drawn[index];
    drawn.applyOptions({ ...lookOf(series, colour), ...scaleOf(series), priceLineVisible: false, lastValueVisible: false });
    drawn.setData(
      distinct(series.points).map(({ at, value, tone }) => ({
        time: toTime(at),
        value,
        ...(tone === undefined ? {} : { color: colour(TONES[tone]) }),
      })),
    );
    for (const line of drawn.priceLines()) drawn.removePriceLine(line);
    for (const { value, text, tone, isDashed } of series.levels ?? []) {
      drawn.createPriceLine({
        price: value,
        title: text,
        color: colour(TONES[tone]),
        lineWidth: 1,
        lineStyle: isDashed ? DASHED : SOLID,
        axisLabelVisible: true,
        axisLabelColor: colour("--surface-sunk"),
        axisLabelTextColor: colour(TONES[tone]),
      });
    }
    this.marks[index].setMarkers(
      (series.marks ?? []).map(({ at, text, shape, isAbove = false }) => ({
        time: toTime(at),
        position: isAbove ? "aboveBar" : "belowBar",
        shape: shape === "none" ? "circle" : shape,
        text,
        size: shape === "none" ? 0 : 0.6,
        color: colour("--ink-soft"),
      })),
    );
  }

  /** Point at one point of the first series. @param {number | null} index */
  pointAt(index) {
    const point = index === null ? undefined : distinct(this.series[0]?.points ?? [])[index];
    if (point === undefined) this.chart.clearCrosshairPosition();
    else this.chart.setCrosshairPosition(point.value, toTime(point.at), this.drawn[0]);
  }

  /** Where a value of the first series stands, pixels from the top, also out of sight; null before anything is drawn. @param {number} value @returns {number | null} */
  yOf(value) {
    return this.drawn[0]?.priceToCoordinate(value) ?? null;
  }

  /** @param {number} y @returns {number | null} */
  valueAt(y) {
    return this.drawn[0]?.coordinateToPrice(y) ?? null;
  }

  /** Told whenever values may stand elsewhere than before; answers how to stop. @param {() => void} tell */
  onScale(tell) {
    const later = () => requestAnimationFrame(tell); // the price axis follows within the same frame
    const scale = this.chart.timeScale();
    scale.subscribeVisibleLogicalRangeChange(later);
    scale.subscribeSizeChange(later);
    const watcher = new ResizeObserver(later);
    watcher.observe(this.place);
    return () => {
      scale.unsubscribeVisibleLogicalRangeChange(later);
      scale.unsubscribeSizeChange(later);
      watcher.disconnect();
    };
  }

  /** @param {(at: Point["at"] | null) => void} tell what lies under the pointer */
  onPointer(tell) {
    this.chart.subscribeCrosshairMove((/** @type {any} */ event) => {
      tell(event.time === undefined ? null : typeof event.time === "string" ? event.time : event.time * 1000);
    });
  }

  remove() {
    this.chart.remove();
  }
}

/** The axis must show the levels too, however far they lie from the points. @param {Series} series */
function scaleOf({ levels = [], base, format }) {
  const shown = [...levels.map((level) => level.value), ...(base === undefined ? [] : [base])];
  return {
    ...(format === undefined ? {} : { priceFormat: { type: "custom", minMove: 0.01, formatter: format } }),
    autoscaleInfoProvider: (/** @type {() => any} */ original) => {
      const own = original();
      if (own === null || own.priceRange === null || shown.length === 0) return own;
      const low = Math.min(own.priceRange.minValue, ...shown);
      const high = Math.max(own.priceRange.maxValue, ...shown);
      return { ...own, priceRange: { minValue: low, maxValue: high } };
    },
  };
}

/** @param {Series} series @param {(token: string) => string} colour */
function lookOf({ kind, tone = "accent", base = 0 }, colour) {
  const own = colour(TONES[tone]);
  switch (kind) {
    case "baseline":
      return {
        baseValue: { type: "price", price: base },
        lineWidth: 2,
        topLineColor: colour("--gain"),
        topFillColor1: colour("--gain-wash"),
        topFillColor2: colour("--gain-wash"),
        bottomLineColor: colour("--loss"),
        bottomFillColor1: colour("--loss-wash"),
        bottomFillColor2: colour("--loss-wash"),
      };
    case "area":
      return { lineColor: own, lineWidth: 2, topColor: washOf(tone, colour), bottomColor: washOf(tone, colour) };
    case "bars":
      return { color: own };
    default:
      return { color: own, lineWidth: 2 };
  }
}

/** @param {Tone} tone @param {(token: string) => string} colour */
const washOf = (tone, colour) => colour(tone === "gain" || tone === "loss" ? `--${tone}-wash` : "--accent-wash");

/** One point for each place in time, the last of several. @param {Point[]} points */
export function distinct(points) {
  return points.filter((point, index) => index === points.length - 1 || toTime(points[index + 1].at) !== toTime(point.at));
}
