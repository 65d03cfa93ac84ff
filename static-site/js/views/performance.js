/** What the ended trades amount to. */
import { html } from "../lib/html.js";
import { Loading } from "../components/empty.js";

export const PerformanceView = () => html`<${Loading} what="performance" />`;
