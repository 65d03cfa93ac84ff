/** What modules that are fetched later know about a user, and how they forget it: each says so itself. */

/** @type {(() => void)[]} */
const forgetters = [];

/** @param {() => void} forget called when the user leaves */
export function onForget(forget) {
  forgetters.push(forget);
}

export function forgetFetched() {
  for (const forget of forgetters) forget();
}
