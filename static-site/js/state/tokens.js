/** Personal access tokens: listed without their secrets; the one just made is held until its owner has put it away. */
import * as api from "../api.js";
import { batch, signal } from "../lib/html.js";
import { ApiProblem, sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes-tokens.js").PersonalToken} PersonalToken */
export const tokens = signal(/** @type {PersonalToken[] | null} */ (null));
export const tokensError = signal(/** @type {string | null} */ (null));
export const hasMoreTokens = signal(false);
/** The token just made, with its secret: shown this once. */
export const madeToken = signal(/** @type {import("../shapes-tokens.js").NewPersonalToken | null} */ (null));

/** @type {string | null} */
let cursor = null;

export const readTokens = () => read(null);
export const readMoreTokens = () => read(cursor);

/** @param {string | null} from */
async function read(from) {
  try {
    const answer = await api.readTokens(from);
    cursor = answer.next_cursor;
    batch(() => {
      tokens.value = from === null ? answer.items : [...(tokens.value ?? []), ...answer.items];
      hasMoreTokens.value = answer.next_cursor !== null;
      tokensError.value = null;
    });
  } catch (error) {
    tokensError.value = sentence(error);
  }
}

/** Raises what the API raises. @param {{ name: string, scope: string, expires_at: string | null }} body */
export async function createToken(body) {
  madeToken.value = await api.createToken(body, api.newKey());
  await readTokens();
}

/** @param {PersonalToken} token */
export async function deleteToken(token) {
  try {
    await api.deleteToken(token.id, api.newKey());
    toast(`Revoked the token ${token.name}`, "good");
  } catch (error) {
    const isGone = error instanceof ApiProblem && error.status === 404; // another device was first
    if (!isGone) toast(sentence(error), "bad");
  }
  if (madeToken.value?.id === token.id) madeToken.value = null;
  await readTokens();
}

onForget(() => {
  cursor = null;
  batch(() => {
    tokens.value = null;
    tokensError.value = null;
    hasMoreTokens.value = false;
    madeToken.value = null;
  });
});
