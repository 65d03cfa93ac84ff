/**
 * Who is signed in. The access token lives in this module's memory and nowhere else; the refresh token is a
 * cookie that no script can read. When the session ends under the user's hands (`expired`), the page stays as
 * it is behind the sign-in, so that what was typed is not lost.
 */
import * as api from "../api.js";
import { signal } from "../lib/html.js";

const RENEW_BEFORE_END_MS = 60_000;
const RENEW_SOONEST_MS = 5_000;
const RENEW_LATEST_MS = 6 * 3_600_000;

/** @type {import("../../vendor/signals.js").Signal<"starting" | "signed-out" | "signed-in" | "expired">} */
export const sessionState = signal("starting");
export const lastUsername = signal("");

/** @type {string | null} */
let accessToken = null;
/** @type {Promise<boolean> | null} */
let renewal = null;
let renewTimer = 0;

api.useCredentials({ token: () => accessToken, renew });

/** The other tabs of this browser: they share the cookie, so they end together, and show nobody else's trades. */
const tabs = new BroadcastChannel("papertape.session");
tabs.addEventListener("message", ({ data }) => {
  const isOthers = data?.kind === "in" && data.username !== lastUsername.value && lastUsername.value !== "";
  if (data?.kind === "out" || isOthers) end("signed-out");
});

/** Take up the session that the cookie stands for, if there is one. */
export async function resume() {
  if (!(await renew())) sessionState.value = "signed-out";
}

/** Raises ApiProblem (401, perhaps with `challenge`) or ConnectionLost. @param {{ username: string, password: string, code?: string }} body */
export async function signIn(body) {
  const granted = await api.signIn(body);
  const username = body.username.trim().toLowerCase();
  if (lastUsername.value !== username) sessionState.value = "signed-out"; // nothing of another user may stay
  take(granted);
  lastUsername.value = username;
  sessionState.value = "signed-in";
  tabs.postMessage({ kind: "in", username });
}

export async function signOut() {
  try {
    await api.signOut();
  } finally {
    end("signed-out");
    tabs.postMessage({ kind: "out" });
  }
}

/** One renewal at a time, however many calls ask for it. */
function renew() {
  renewal ??= renewOnce().finally(() => {
    renewal = null;
  });
  return renewal;
}

async function renewOnce() {
  try {
    take(await api.renewSession());
    if (sessionState.value !== "signed-in") sessionState.value = "signed-in";
    return true;
  } catch (error) {
    const refused = /** @type {{ status?: number }} */ (error).status;
    if (refused !== undefined && refused < 500 && refused !== 429) {
      end(sessionState.value === "starting" ? "signed-out" : "expired");
    } else if (sessionState.value === "signed-in") {
      renewIn(15_000);
    }
    return false;
  }
}

/** @param {{ access_token: string, expires_in: number }} granted */
function take(granted) {
  accessToken = granted.access_token;
  renewIn(granted.expires_in * 1_000 - RENEW_BEFORE_END_MS);
}

/** @param {number} ms */
function renewIn(ms) {
  clearTimeout(renewTimer);
  renewTimer = setTimeout(renew, Math.min(Math.max(ms, RENEW_SOONEST_MS), RENEW_LATEST_MS));
}

/** @param {"signed-out" | "expired"} how */
function end(how) {
  clearTimeout(renewTimer);
  accessToken = null;
  if (sessionState.value !== "signed-out") sessionState.value = how;
}
