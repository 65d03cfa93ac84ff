/** The account's figures. The broker is asked for them, so they are not polled: they are read when trades change. */
import * as api from "../api.js";
import { signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";

const AGAIN_SOONEST_MS = 5_000;

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

export function forgetAccount() {
  account.value = null;
  accountError.value = null;
  readAtMs = 0;
}
