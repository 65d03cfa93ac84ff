/** The account's figures: the server renews them with its own marks, so they are read with the list. */
import * as api from "../api.js";
import { signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";

const AGAIN_SOONEST_MS = 5_000;
const OLD_AFTER_MS = 60_000;

export const account = signal(/** @type {import("../shapes.js").Account | null} */ (null));
export const accountError = signal(/** @type {string | null} */ (null));

let readAtMs = 0;

/** @param {{ atOnce?: boolean }} [how] */
export async function readAccount({ atOnce = false } = {}) {
  if (!atOnce && Date.now() - readAtMs < AGAIN_SOONEST_MS) return;
  readAtMs = Date.now();
  try {
    account.value = await api.readAccount();
    accountError.value = null;
  } catch (error) {
    accountError.value = sentence(error);
  }
}

/** Whether the broker may have said something new since. */
export const isAccountOld = () => Date.now() - readAtMs >= OLD_AFTER_MS;

export function forgetAccount() {
  account.value = null;
  accountError.value = null;
  readAtMs = 0;
}
