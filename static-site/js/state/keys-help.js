/** Whether the list of keys stands open. */
import { signal } from "../lib/html.js";

export const isHelpOpen = signal(false);
