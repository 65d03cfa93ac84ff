/** How much happened since its owner last looked at the activity, on this device. */
import { computed } from "../lib/html.js";
import { prefer, preferences } from "./device.js";

export const unread = computed(() => {
  const kept = preferences.value.unread;
  return typeof kept === "number" && kept > 0 ? Math.floor(kept) : 0;
});

export const countNews = () => prefer("unread", unread.value + 1);

export function markRead() {
  if (unread.value > 0) prefer("unread", 0);
}
