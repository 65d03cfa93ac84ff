/** Starting with a signed-in user, and forgetting everything about one who leaves. */
import { effect, untracked } from "../lib/html.js";
import { forgetAccount, readAccount } from "./account.js";
import { forgetAlerts } from "./alerts.js";
import { forgetMe, me } from "./clock.js";
import { comeBack } from "./connections.js";
import { forgetDeskStatus } from "./desk-status.js";
import { forgetDetails } from "./details.js";
import { forgetFetched } from "./forget.js";
import { forgetHistory } from "./history.js";
import { startPolling } from "./poller.js";
import { forgetPortfolio } from "./portfolio.js";
import { lastUsername, resume, sessionState } from "./session.js";
import { forgetSettings, readSettings } from "./settings.js";

/** @type {(() => void) | null} */
let stopPolling = null;

/** Follow the session: poll while signed in, forget when signed out or when another user comes. */
export function startLife() {
  effect(() => {
    const state = sessionState.value;
    untracked(() => follow(state));
  });
  effect(() => {
    const username = me.value?.username ?? "";
    untracked(() => notice(username));
  });
  void resume();
}

/** @param {string} state */
function follow(state) {
  if (state === "signed-in") {
    stopPolling ??= startPolling();
    void readSettings();
    void readAccount();
    void comeBack();
  } else {
    stopPolling?.();
    stopPolling = null;
    if (state === "signed-out") forgetAll();
  }
}

/** Remember whose page this is, so that a sign-in as somebody else starts from nothing. @param {string} username */
function notice(username) {
  if (username !== "") lastUsername.value = username;
}

function forgetAll() {
  for (const forget of [
    forgetMe,
    forgetPortfolio,
    forgetDetails,
    forgetDeskStatus,
    forgetAccount,
    forgetAlerts,
    forgetHistory,
    forgetSettings,
    forgetFetched,
  ]) {
    forget();
  }
}
