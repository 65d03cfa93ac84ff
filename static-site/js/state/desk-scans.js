/** When entries are scanned for next, and what a strategy waits for. */
import { computed } from "../lib/html.js";
import { market } from "./clock.js";
import { lastWords } from "./desk.js";
import { deskStatus, stops } from "./desk-status.js";

/** A scan a minute, on the minute, while the market is open. */
const EVERY_MS = 60_000;

/** @type {import("../../vendor/signals.js").ReadonlySignal<{ at: number | string | null, note: string }>} */
export const nextScan = computed(() => {
  const status = deskStatus.value;
  if (status === null) return { at: null, note: "" };
  if (!status.bot.on) return { at: null, note: "the bot is off" };
  if (market.value === null) return { at: null, note: "" };
  if (!market.value.open) return { at: market.value.next_open, note: "at the open" };
  const last = status.last_scan === null ? null : Date.parse(status.last_scan.at);
  return { at: (Math.floor((last ?? Date.parse(market.value.now)) / EVERY_MS) + 1) * EVERY_MS, note: "each minute of the session" };
});

/** How a strategy stands, in a word, and whether one should look. @param {import("./desk.js").Strategy} strategy @returns {{ word: string, why: string, tone: "plain" | "warn" }} */
export function standingOf({ id, enabled, mode }) {
  const last = lastWords.value.get(id);
  if (!enabled) return { word: "Off", why: "It enters nothing; what it holds is managed on.", tone: "plain" };
  if (deskStatus.value?.bot.on === false) return { word: "Bot off", why: "Nothing is scanned for.", tone: "plain" };
  const stop = stops.value[0];
  if (stop !== undefined) return { word: "Stopped", why: stop.detail, tone: "warn" };
  if (last?.decision === "BLOCKED") return { word: "Blocked", why: last.reason, tone: "warn" };
  if (market.value?.open === false) return { word: "Waits", why: "for the open", tone: "plain" };
  return { word: mode === "shadow" ? "Shadows" : "Scans", why: "", tone: "plain" };
}
