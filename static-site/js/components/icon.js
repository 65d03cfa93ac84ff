/** Line icons, drawn here so that nothing is fetched. Decorative: the text beside them says what they mean. */
import { html } from "../lib/html.js";

const PATHS = {
  chevron: "M6 3.5 10.5 8 6 12.5",
  refresh: "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3",
  plus: "M8 3v10M3 8h10",
  cross: "M4 4l8 8M12 4l-8 8",
  bell: "M4 11V7.2a4 4 0 0 1 8 0V11l1.2 1.5H2.8zM6.6 14.2h2.8",
  chart: "M2.5 13.5h11M4 11l3-4 2.5 2L13 4",
  rules: "M6.5 4h7M6.5 8h7M6.5 12h7M2.2 4l1 1 1.6-2M2.2 8l1 1 1.6-2M2.2 12l1 1 1.6-2",
  spark: "M8 2.2v3M8 10.8v3M2.2 8h3M10.8 8h3M4 4l1.8 1.8M10.2 10.2 12 12M12 4l-1.8 1.8M5.8 10.2 4 12",
  gauge: "M2.5 11.5a5.5 5.5 0 1 1 11 0M8 11.5 10.8 7.6",
  flask: "M6.2 2.5h3.6M7 2.5v4L3.4 12.6a.6.6 0 0 0 .5.9h8.2a.6.6 0 0 0 .5-.9L9 6.5v-4M5 10.5h6",
  dots: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  gear: "M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6M8.5 2.8v3.4h3V2.8zM4.2 9.8v3.4h3V9.8z",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2.2 1.4",
  sound: "M2.5 6.2v3.6h2.4L8.4 13V3L4.9 6.2zM10.8 5.6a3.4 3.4 0 0 1 0 4.8M12.6 3.8a6 6 0 0 1 0 8.4",
  muted: "M2.5 6.2v3.6h2.4L8.4 13V3L4.9 6.2zM10.8 6.2l3.6 3.6M14.4 6.2l-3.6 3.6",
  more: "M4 6.5 8 10.5 12 6.5",
  warning: "M8 2.5 14 13.2H2zM8 6.5v3.2M8 11.4v.4",
};

/** @param {{ name: keyof typeof PATHS }} props */
export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>
`;
