/**
 * Prices of coins as the exchange pushes them to this browser (C-10): only while somebody looks at coins, reconnecting at growing
 * distances, and silent about what it cannot hear: the page's own poll goes on meanwhile.
 */
import { batch, effect, signal, untracked } from "../lib/html.js";
import { backoff } from "../lib/backoff.js";
import { readMessage, streamAddress, streamOf } from "../lib/stream-messages.js";
import { me } from "./clock.js";
import { onForget } from "./forget.js";
import { isOnline } from "./tick.js";

/** Many trades of a second are one redrawing. */
const TELL_EVERY_MS = 250;
/** A line that has held so long is a good one. */
const STEADY_MS = 10_000;
/** After so much silence the exchange is asked whether it is still there. */
const QUIET_MS = 30_000;
const ANSWER_MS = 10_000;
const LOOK_EVERY_MS = 5_000;

/** `nowhere`: none is configured. @typedef {"off" | "nowhere" | "connecting" | "streaming" | "waiting"} StreamState */
export const streamState = signal(/** @type {StreamState} */ ("off"));

/** @typedef {import("../lib/live-pnl.js").Heard} Heard */
/** @type {Map<string, import("../../vendor/signals.js").Signal<Heard | null>>} */
const prices = new Map();
/** Who looks at which pairs. @type {Map<object, string[]>} */
const watchers = new Map();
/** Heard since the last telling. @type {Map<string, Heard>} */
const heard = new Map();

/** @type {WebSocket | null} */
let line = null;
/** @type {string[]} */
let asked = [];
let failures = 0;
let openedMs = 0;
let lastWordMs = 0;
let isProbed = false;
let telling = 0;
let retrying = 0;
let looking = 0;
let requests = 0;

/** The last price that was heard of a pair; null while none was. @param {string} symbol */
export function priceOf(symbol) {
  const known = prices.get(symbol);
  if (known !== undefined) return known;
  const made = signal(/** @type {Heard | null} */ (null));
  prices.set(symbol, made);
  return made;
}

/** Hear these pairs until the answer is called. @param {string[]} symbols */
export function watchCoins(symbols) {
  const watcher = {};
  watchers.set(watcher, symbols);
  follow();
  return () => {
    watchers.delete(watcher);
    follow();
  };
}

const wanted = () => [...new Set([...watchers.values()].flat())].sort();

/** Connect, ask for more or less, or leave, as is wanted now. */
function follow() {
  const address = me.value?.coin_stream_url ?? null;
  const symbols = wanted();
  if (symbols.length === 0 || document.hidden || !isOnline.value || address === null) {
    leave(symbols.length > 0 && me.value !== null && address === null ? "nowhere" : "off");
  } else if (line === null) {
    if (retrying === 0) connect(address, symbols);
  } else if (line.readyState === WebSocket.OPEN) {
    ask(symbols);
  }
}

/** @param {string} address @param {string[]} symbols */
function connect(address, symbols) {
  streamState.value = "connecting";
  asked = symbols;
  const own = new WebSocket(streamAddress(address, symbols));
  line = own;
  lastWordMs = Date.now();
  own.onopen = () => {
    openedMs = Date.now();
    lastWordMs = openedMs;
    isProbed = false;
    streamState.value = "streaming";
    follow(); // what was wanted meanwhile
  };
  own.onmessage = ({ data }) => {
    lastWordMs = Date.now();
    isProbed = false;
    const message = readMessage(data);
    if (message === "ending") lose();
    else if (message !== null) take(message);
  };
  own.onclose = lose;
  clearInterval(looking);
  looking = setInterval(look, LOOK_EVERY_MS);
}

/** @param {string[]} symbols */
function ask(symbols) {
  send("SUBSCRIBE", symbols.filter((each) => !asked.includes(each)));
  send("UNSUBSCRIBE", asked.filter((each) => !symbols.includes(each)));
  asked = symbols;
}

/** @param {"SUBSCRIBE" | "UNSUBSCRIBE" | "LIST_SUBSCRIPTIONS"} method @param {string[]} symbols */
function send(method, symbols) {
  if (symbols.length === 0 && method !== "LIST_SUBSCRIPTIONS") return;
  requests += 1;
  line?.send(JSON.stringify({ method, ...(symbols.length === 0 ? {} : { params: symbols.map(streamOf) }), id: requests }));
}

/** @param {import("../lib/stream-messages.js").Traded} message */
function take({ symbol, price, atMs }) {
  heard.set(symbol, { price, atMs });
  if (telling === 0) telling = setTimeout(tell, TELL_EVERY_MS);
}

function tell() {
  telling = 0;
  batch(() => heard.forEach((price, symbol) => (priceOf(symbol).value = price)));
  heard.clear();
}

/** A line may die without a word: one that says nothing is asked, then given up. */
function look() {
  const quietMs = Date.now() - lastWordMs;
  if (line === null || quietMs < QUIET_MS) return;
  if (quietMs >= QUIET_MS + ANSWER_MS) lose();
  else if (!isProbed && line.readyState === WebSocket.OPEN) {
    isProbed = true;
    send("LIST_SUBSCRIPTIONS", []);
  }
}

/** The line is gone: try again, later each time. */
function lose() {
  const held = streamState.value === "streaming" && Date.now() - openedMs >= STEADY_MS;
  drop();
  failures = held ? 1 : failures + 1;
  streamState.value = "waiting";
  retrying = setTimeout(() => {
    retrying = 0;
    follow();
  }, backoff(failures));
}

/** Nobody looks, or nothing can be heard. @param {"off" | "nowhere"} state */
function leave(state) {
  drop();
  clearTimeout(retrying);
  retrying = 0;
  failures = 0;
  streamState.value = state;
}

function drop() {
  clearInterval(looking);
  if (line !== null) {
    line.onopen = line.onmessage = line.onclose = null;
    line.close();
  }
  line = null;
}

document.addEventListener("visibilitychange", follow);
effect(() => {
  isOnline.value;
  me.value?.coin_stream_url;
  untracked(follow);
});

onForget(() => {
  watchers.clear();
  leave("off");
  heard.clear();
  for (const each of prices.values()) each.value = null;
});
