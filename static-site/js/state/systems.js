/**
 * Which further systems this user has switched on: the desk once it has a strategy, trading once it has a trader, and either that
 * was begun here. What stood there last is remembered, so that nothing jumps while it is read again.
 */
import * as api from "../api.js";
import { computed, effect, signal, untracked } from "../lib/html.js";
import { me } from "./clock.js";
import { prefer, preferences } from "./device.js";

/** @typedef {"desk" | "trading"} System */
/** @typedef {Record<System, boolean>} Systems */

const NONE = { desk: false, trading: false };
const found = signal(/** @type {Systems | null} */ (null));

/** @param {string} name of what is remembered by user @returns {Partial<Systems>} */
const rememberedOf = (name) => {
  const kept = /** @type {any} */ (preferences.value[name]) ?? {};
  return kept[me.value?.username ?? ""] ?? {};
};
/** @param {string} name @param {Partial<Systems>} what */
const remember = (name, what) => prefer(name, { .../** @type {any} */ (preferences.value[name]), [me.value?.username ?? ""]: what });

export const systems = computed(() => {
  const had = found.value ?? { ...NONE, ...rememberedOf("systems") };
  const begun = rememberedOf("begun");
  return { desk: had.desk || begun.desk === true, trading: had.trading || begun.trading === true };
});
/** Whether it has something of its own, so that it cannot be hidden. @param {System} system */
export const isAtWork = (system) => found.value?.[system] ?? false;

/** Show a system here before it has anything, or hide it again. @param {System} system @param {boolean} isOn */
export const begin = (system, isOn) => remember("begun", { ...rememberedOf("begun"), [system]: isOn });

export async function readSystems() {
  try {
    const [strategies, traders] = await Promise.all([api.hasAny("strategies"), api.hasAny("traders")]);
    found.value = { desk: strategies, trading: traders };
    const kept = rememberedOf("systems");
    if (kept.desk !== strategies || kept.trading !== traders) remember("systems", found.value);
  } catch {
    // what is remembered stands until it can be read
  }
}

const username = computed(() => me.value?.username ?? null);
effect(() => {
  const whose = username.value;
  untracked(() => {
    found.value = null;
    if (whose !== null) void readSystems();
  });
});
