/** Whether the page is too narrow for a column beside it: the ticket then is the whole screen. */
import { signal } from "../lib/html.js";

const query = matchMedia("(max-width: 63.99em)");

export const isNarrow = signal(query.matches);
query.addEventListener("change", () => (isNarrow.value = query.matches));
