/** A trader replayed over past candles: asked for, and looked at until it is over. The address names the one that is shown. */
import * as api from "../api-ai-performance.js";
import { signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";

/** @typedef {import("../shapes-ai-performance.js").Replay} Replay */

const LOOK_AGAIN_MS = 2_000;
const GOES_ON = ["queued", "running"];

export const replay = signal(/** @type {Replay | null} */ (null));
export const replayError = signal(/** @type {string | null} */ (null));

/** @param {Replay} one */
export const goesOn = ({ status }) => GOES_ON.includes(status);

/** Raises ApiProblem for the form. @param {object} body */
export async function askReplay(body) {
  replay.value = await api.askReplay(body);
  replayError.value = null;
  return replay.value.id;
}

/** Look at one until it is over; answers how to stop. @param {string} id */
export function followReplay(id) {
  let timer = 0;
  let isGone = false;
  const look = async () => {
    try {
      const read = document.hidden ? replay.value : await api.readReplay(id);
      if (isGone) return;
      replay.value = read;
      replayError.value = null;
    } catch (error) {
      if (isGone) return;
      replayError.value = sentence(error);
    }
    if (replay.value === null || replay.value.id !== id || !goesOn(replay.value)) {
      if (replayError.value === null) return;
    }
    timer = setTimeout(look, LOOK_AGAIN_MS);
  };
  if (replay.value?.id !== id) replay.value = null;
  void look();
  return () => {
    isGone = true;
    clearTimeout(timer);
  };
}

onForget(() => {
  replay.value = null;
  replayError.value = null;
});
