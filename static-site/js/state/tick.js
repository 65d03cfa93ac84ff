/** A slow heartbeat for what is shown relative to now. */
import { signal } from "../lib/html.js";

const BEAT_MS = 5_000;

export const beat = signal(0);
export const isOnline = signal(navigator.onLine);

setInterval(() => {
  if (!document.hidden) beat.value += 1;
}, BEAT_MS);
window.addEventListener("online", () => (isOnline.value = true));
window.addEventListener("offline", () => (isOnline.value = false));
