/** What the page uses of lightweight-charts; its options are plain objects that it checks itself. */
export type Time = number | string;
export interface PriceLine {
  applyOptions(options: object): void;
}
export interface Drawn {
  applyOptions(options: object): void;
  setData(points: { time: Time; value: number; color?: string }[]): void;
  priceLines(): PriceLine[];
  createPriceLine(options: object): PriceLine;
  removePriceLine(line: PriceLine): void;
  priceToCoordinate(price: number): number | null;
  coordinateToPrice(y: number): number | null;
}
export interface TimeScale {
  setVisibleLogicalRange(range: { from: number; to: number }): void;
  subscribeVisibleLogicalRangeChange(tell: () => void): void;
  unsubscribeVisibleLogicalRangeChange(tell: () => void): void;
  subscribeSizeChange(tell: () => void): void;
  unsubscribeSizeChange(tell: () => void): void;
}
export interface Marks {
  setMarkers(marks: { time: Time; position: string; shape: string; text: string; size: number; color: string }[]): void;
}
export interface Chart {
  applyOptions(options: object): void;
  addSeries(definition: Definition, options: object, pane?: number): Drawn;
  removeSeries(series: Drawn): void;
  timeScale(): TimeScale;
  setCrosshairPosition(price: number, time: Time, series: Drawn): void;
  clearCrosshairPosition(): void;
  subscribeCrosshairMove(tell: (event: { time?: Time }) => void): void;
  panes(): { setStretchFactor(factor: number): void }[];
  remove(): void;
}
export type Definition = { readonly type: string };
export const LineSeries: Definition;
export const AreaSeries: Definition;
export const BaselineSeries: Definition;
export const HistogramSeries: Definition;
export const ColorType: { readonly Solid: string };
export const CrosshairMode: { readonly Magnet: number };
export function createChart(place: HTMLElement, options: object): Chart;
export function createSeriesMarkers(series: Drawn, marks: []): Marks;
