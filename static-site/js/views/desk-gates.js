/** The counts of the desk's gates over the last days. */
import { GATE_DAYS } from "../api-desk.js";
import { GateCounts } from "../components/gate-counts.js";
import { html } from "../lib/html.js";
import { gates } from "../state/desk.js";

export const DeskGates = () => html`<${GateCounts} title=${`Gates, ${GATE_DAYS} days`} known=${gates.value ?? []} none="Nothing was scanned in these days." />`;
