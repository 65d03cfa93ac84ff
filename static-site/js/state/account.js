/** The account's figures: the server renews them with its own marks, so they are read with the list. */
import * as api from "../api.js";
import { computed, signal } from "../lib/html.js";
import { sentence } from "../lib/problems.js";

const AGAIN_SOONEST_MS = 5_000;
const OLD_AFTER_MS = 60_000;

export const account = signal(/** @type {import("../shapes-account.js").Account | null} */ (null));
export const accountError = signal(/** @type {string | null} */ (null));

/** What is held, with its sums; null while it is not told. */
export const book = computed(() => account.value?.positions ?? null);

/** @type {ReadonlyMap<string, { text: string, facts: import("../shapes-account.js").Position }>} */
let told = new Map();
/** By trade. What did not change stays the same object, so that its row is not drawn again. */
export const factsById = computed(() => {
  told = new Map((book.value?.items ?? []).map((facts) => kept(facts)));
  return new Map([...told].map(([id, { facts }]) => [id, facts]));
});

/** @param {import("../shapes-account.js").Position} facts @returns {[string, { text: string, facts: import("../shapes-account.js").Position }]} */
function kept(facts) {
  const text = JSON.stringify(facts);
  const before = told.get(facts.trade_id);
  return [facts.trade_id, before?.text === text ? before : { text, facts }];
}

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
