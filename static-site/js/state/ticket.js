/** The order ticket as a whole: opening and closing it, and what the server says about the order that stands in it. */
import * as api from "../api.js";
import { batch, computed, effect, signal, untracked } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { body, draft, EMPTY, errors, isTicketOpen, refusal } from "./ticket-draft.js";
import { clearLegs } from "./ticket-legs.js";
import { forgetMarket } from "./ticket-market.js";

const PREVIEW_AFTER_MS = 450;

export const preview = signal(/** @type {import("../shapes.js").Preview | null} */ (null));
/** The last preview of these very legs: it stands while another price or quantity is worked out. */
export const picture = signal(/** @type {import("../shapes.js").Preview | null} */ (null));
export const isPreviewing = signal(false);
const legsKey = computed(() => JSON.stringify(draft.value.legs));

let previewTimer = 0;
let previewReading = 0;

effect(() => {
  const wanted = body.value;
  const shown = isTicketOpen.value;
  untracked(() => {
    clearTimeout(previewTimer);
    previewReading += 1;
    preview.value = null;
    isPreviewing.value = shown && wanted !== null;
    if (shown && wanted !== null) previewTimer = setTimeout(readPreview, PREVIEW_AFTER_MS);
  });
});

effect(() => {
  legsKey.value;
  untracked(() => (picture.value = null));
});

export async function readPreview() {
  const wanted = body.value;
  if (wanted === null) return;
  previewReading += 1;
  const mine = previewReading;
  isPreviewing.value = true;
  try {
    const read = await api.previewTrade(wanted);
    if (mine !== previewReading) return;
    batch(() => {
      preview.value = picture.value = read;
      errors.value = {};
      refusal.value = null;
    });
  } catch (error) {
    if (mine === previewReading) showRefusal(error);
  } finally {
    if (mine === previewReading) isPreviewing.value = false;
  }
}

/** @param {unknown} error */
export function showRefusal(error) {
  const byField = fieldErrors(error);
  batch(() => {
    errors.value = byField;
    refusal.value = Object.keys(byField).length === 0 ? sentence(error) : null;
  });
}

/** Back to an empty ticket that keeps its symbol, shape and chain, ready for the next contract. */
export const clearTicket = () => batch(clearLegs);

onForget(() =>
  batch(() => {
    isTicketOpen.value = false;
    draft.value = EMPTY;
    refusal.value = null;
    errors.value = {};
    forgetMarket();
  }),
);
