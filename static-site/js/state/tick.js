/** A slow heartbeat for what is shown relative to now. */
import { batch, signal } from "../lib/html.js";

const BEAT_MS = 5_000;

export const beat = signal(0);
export const isOnline = signal(navigator.onLine);
/** Since when this device knows that it is offline, by its own clock; null while it is not. */
export const offlineSinceMs = signal(/** @type {number | null} */ (navigator.onLine ? null : Date.now()));
/** Why a button that would send something does not. */
export const OFFLINE = "You are offline: nothing can be sent";

setInterval(() => {
  if (!document.hidden) beat.value += 1;
}, BEAT_MS);
/** @param {boolean} online */
const note = (online) =>
  batch(() => {
    isOnline.value = online;
    offlineSinceMs.value = online ? null : Date.now();
  });
window.addEventListener("online", () => note(true));
window.addEventListener("offline", () => note(false));
