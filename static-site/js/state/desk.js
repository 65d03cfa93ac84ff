/** The desk's view: strategies, what was decided and why, counts of gates, the kill switch. Renewed with each scan. */
import * as api from "../api-desk.js";
import { batch, signal } from "../lib/html.js";
import { ApiProblem, sentence } from "../lib/problems.js";
import { deskStatus, readDeskStatus } from "./desk-status.js";
import { onForget } from "./forget.js";
import { readSystems } from "./systems.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes-desk-more.js").Strategy} Strategy */
/** @typedef {import("../shapes-desk-more.js").Evaluation} Evaluation */
/** @typedef {import("../shapes-desk-more.js").GateCount} GateCount */
/** @typedef {import("../shapes-desk-more.js").KillSwitch} KillSwitch */
/** @typedef {{ strategy: string, decision: string }} Asked empty: all */

export const strategies = signal(/** @type {Strategy[] | null} */ (null));
export const evaluations = signal(/** @type {Evaluation[] | null} */ (null));
/** The newest word on each strategy, by its id, whatever the list is narrowed to. */
export const lastWords = signal(/** @type {ReadonlyMap<string, Evaluation>} */ (new Map()));
export const hasOlder = signal(false);
export const gates = signal(/** @type {GateCount[] | null} */ (null));
export const killSwitch = signal(/** @type {KillSwitch | null} */ (null));
export const killSwitchError = signal(/** @type {string | null} */ (null));
export const deskError = signal(/** @type {string | null} */ (null));
/** Strategies, or `bot`, whose change is under way. */
export const busy = signal(/** @type {ReadonlySet<string>} */ (new Set()));

/** @type {string | null} */
let cursor = null;
let asked = /** @type {Asked} */ ({ strategy: "", decision: "" });
/** Of which scan the lists are. @type {string | null | undefined} */
let scanRead;
let reading = 0;

/** All of it, anew. @param {Asked} narrowed */
export async function readDesk(narrowed) {
  if (narrowed.strategy !== asked.strategy || narrowed.decision !== asked.decision) evaluations.value = null; // what was asked before does not fit
  asked = narrowed;
  reading += 1;
  const mine = reading;
  void readKillSwitch();
  try {
    await readDeskStatus({ isLookedAt: true });
    const scan = deskStatus.value?.last_scan?.at ?? null;
    const [known, newest, shown, counted] = await Promise.all([
      api.readStrategies(),
      api.readEvaluations({}),
      isNarrowed() ? api.readEvaluations(query()) : null,
      api.readGates(),
    ]);
    if (mine !== reading) return;
    scanRead = scan;
    batch(() => {
      strategies.value = known.items;
      lastWords.value = newestOf(newest.items);
      takeEvaluations(shown ?? newest);
      gates.value = counted.items;
      deskError.value = null;
    });
  } catch (error) {
    if (mine === reading) deskError.value = sentence(error);
  }
}

/** With each reading of the page: the status; all of it when a scan came since. */
export async function renewDesk() {
  await readDeskStatus({ isLookedAt: true });
  if (scanRead !== undefined && (deskStatus.value?.last_scan?.at ?? null) !== scanRead) await readDesk(asked);
  else if (killSwitch.value?.mode === "hard_stop" && !killSwitch.value.flat) await readKillSwitch();
}

const isNarrowed = () => asked.strategy !== "" || asked.decision !== "";
const query = () => ({ strategy: asked.strategy || null, decision: asked.decision || null });

/** @param {Evaluation[]} newest @returns {ReadonlyMap<string, Evaluation>} */
function newestOf(newest) {
  const words = new Map(lastWords.value);
  for (const one of [...newest].reverse()) if (one.event !== "EXIT") words.set(one.strategy_id, one);
  return words;
}

/** @param {{ items: Evaluation[], next_cursor: string | null }} page */
function takeEvaluations({ items, next_cursor }) {
  evaluations.value = items;
  cursor = next_cursor;
  hasOlder.value = next_cursor !== null;
}

export async function readOlder() {
  try {
    const older = await api.readEvaluations({ ...query(), cursor });
    batch(() => takeEvaluations({ ...older, items: [...(evaluations.value ?? []), ...older.items] }));
  } catch (error) {
    toast(sentence(error), "bad");
  }
}

export async function readKillSwitch() {
  try {
    killSwitch.value = await api.readKillSwitch();
    killSwitchError.value = null;
  } catch (error) {
    killSwitchError.value = sentence(error);
  }
}

/** @param {"safe-mode" | "hard-stop" | "reset"} how @param {{ reason: string, confirm?: string }} body Raises what the server refuses. */
export async function setKillSwitch(how, body) {
  killSwitch.value = await api.setKillSwitch(how, body);
  await readDeskStatus();
}

/** @param {boolean} on */
export const switchBot = (on) =>
  act("bot", async () => {
    await api.switchBot(on);
    await readDeskStatus();
    toast(on ? "The desk scans for entries" : "The desk enters nothing more; exits go on", "good");
  });

/** @param {Strategy} strategy @param {boolean} enabled */
export const enableStrategy = (strategy, enabled) =>
  act(strategy.id, async () => {
    take(await api.putStrategy(strategy.id, { ...bodyOf(strategy), enabled }));
    toast(enabled ? `${strategy.name} is on` : `${strategy.name} is off: it enters nothing more`, "good");
  });

/** @param {Strategy} strategy */
export const removeStrategy = (strategy) =>
  act(strategy.id, async () => {
    const kept = await api.deleteStrategy(strategy.id, strategy.version);
    toast(kept ?? `${strategy.name} is deleted`, kept === null ? "good" : "plain");
    await readDesk(asked);
    void readSystems();
  });

/** Make one, or put one in the place of what was seen. Raises ApiProblem for the form. @param {Strategy | null} before @param {object} body */
export async function saveStrategy(before, body) {
  take(before === null ? await api.makeStrategy(body) : await api.putStrategy(before.id, { ...body, version: before.version }));
  void readSystems();
}

/** As the call takes it: sizing knows one of its two figures. @param {Strategy} strategy */
export function bodyOf({ sizing, ...rest }) {
  return { ...rest, sizing: sizing.kind === "fixed" ? { kind: "fixed", qty: sizing.qty } : { kind: "risk", pct: sizing.pct } };
}

/** @param {Strategy} changed */
function take(changed) {
  const known = strategies.value ?? [];
  const isNew = !known.some(({ id }) => id === changed.id);
  strategies.value = isNew ? [changed, ...known] : known.map((each) => (each.id === changed.id ? changed : each));
}

/** @param {string} what @param {() => Promise<void>} work */
async function act(what, work) {
  busy.value = new Set([...busy.value, what]);
  try {
    await work();
  } catch (error) {
    const isOvertaken = error instanceof ApiProblem && error.word === "stale-version";
    toast(isOvertaken ? "This was changed on another device" : sentence(error), isOvertaken ? "plain" : "bad");
    if (isOvertaken) await readDesk(asked);
  } finally {
    busy.value = new Set([...busy.value].filter((each) => each !== what));
  }
}

onForget(() => {
  reading += 1;
  cursor = null;
  scanRead = undefined;
  batch(() => {
    strategies.value = null;
    evaluations.value = null;
    lastWords.value = new Map();
    hasOlder.value = false;
    gates.value = null;
    killSwitch.value = null;
    killSwitchError.value = null;
    deskError.value = null;
    busy.value = new Set();
  });
});
