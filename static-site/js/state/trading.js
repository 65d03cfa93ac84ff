/** Traders, what they hold, what they decided: renewed with the page's own poll while the view is open. */
import * as api from "../api-trading.js";
import { readChanges } from "../api.js";
import { batch, computed, signal } from "../lib/html.js";
import { ApiProblem, sentence } from "../lib/problems.js";
import { onForget } from "./forget.js";
import { openTrades, placeInList, rereadPortfolio } from "./portfolio.js";
import { readSystems } from "./systems.js";
import { toast } from "./toasts.js";

/** @typedef {import("../shapes-trading.js").Trader} Trader */
/** @typedef {import("../shapes-trading.js").Decision} Decision */
/** @typedef {import("../shapes.js").Change} Change */
/** @typedef {{ trader: string, outcome: string, trade: string }} Asked empty: all */

export const traders = signal(/** @type {Trader[] | null} */ (null));
/** As the filter of the journal asks. */
export const decisions = signal(/** @type {Decision[] | null} */ (null));
/** The newest of all, and those that wait. */
export const newest = signal(/** @type {Decision[]} */ ([]));
export const waiting = signal(/** @type {Decision[]} */ ([]));
export const hasOlder = signal(false);
/** @typedef {import("../lib/trading-words.js").Money} Money */
/** Whose money the header is of. */
export const chosenMoney = signal(/** @type {Money | null} */ (null));
/** The kinds that traders use, the real one first; paper where there is none. */
export const moneys = computed(() => {
  const used = new Set((traders.value ?? []).map(moneyOf));
  const known = /** @type {Money[]} */ (["live", "testnet", "paper"]).filter((kind) => used.has(kind));
  return known.length === 0 ? /** @type {Money[]} */ (["paper"]) : known;
});
export const money = computed(() => (chosenMoney.value !== null && moneys.value.includes(chosenMoney.value) ? chosenMoney.value : moneys.value[0]));
export const aiAccount = signal(/** @type {import("../shapes-trading.js").AiAccount | null} */ (null));
/** Whether traders may enter at all: the operator's switch. */
export const mayEnter = signal(true);
export const tradingError = signal(/** @type {string | null} */ (null));
export const changesOf = signal(/** @type {ReadonlyMap<string, Change[]>} */ (new Map()));
export const busy = signal(/** @type {ReadonlySet<string>} */ (new Set()));

export const positions = computed(() => (openTrades.value ?? []).filter(({ originator }) => originator === "AI"));
/** @param {string | null} id */
export const traderOf = (id) => traders.value?.find((one) => one.id === id) ?? null;

/** Where its entries go. @param {Trader} trader @returns {Money} */
export const moneyOf = ({ trading: { exchange, mode } }) => (exchange === "PAPER" ? "paper" : mode === "live" ? "live" : "testnet");

const ALL = { trader: "", outcome: "", trade: "" };
let asked = /** @type {Asked} */ (ALL);
/** @type {string | null} */
let cursor = null;
let reading = 0;
/** @type {Map<string, number>} */
const versionsRead = new Map();

/** @param {Asked} [narrowed] */
export async function readTrading(narrowed = asked) {
  if (JSON.stringify(narrowed) !== JSON.stringify(asked)) decisions.value = null; // what was asked before does not fit
  asked = narrowed;
  reading += 1;
  const mine = reading;
  try {
    const isNarrowed = JSON.stringify(asked) !== JSON.stringify(ALL);
    const [known, all, open, shown, entries] = await Promise.all([
      api.readTraders(),
      api.readDecisions({}),
      api.readDecisions({ outcome: "AWAITING_APPROVAL" }),
      isNarrowed ? api.readDecisions(query()) : null,
      api.readEntries(),
    ]);
    if (mine !== reading) return;
    batch(() => {
      traders.value = known.items;
      newest.value = all.items;
      waiting.value = open.items;
      take(shown ?? all);
      mayEnter.value = entries.enabled;
      tradingError.value = null;
    });
    await Promise.all([readAllChanges(), readMoney()]);
  } catch (error) {
    if (mine === reading) tradingError.value = sentence(error);
  }
}

/** The header's account; one that is of another kind of money is not shown while it is read. */
async function readMoney() {
  const of = money.value;
  const found = await api.readAiAccount(of);
  if (of === money.value) aiAccount.value = found;
}

/** @param {Money} kind */
export async function showMoney(kind) {
  chosenMoney.value = kind;
  aiAccount.value = null;
  try {
    await readMoney();
  } catch (error) {
    tradingError.value = sentence(error);
  }
}

const query = () => ({ trader: asked.trader || null, outcome: asked.outcome || null, trade: asked.trade || null });

/** @param {{ items: Decision[], next_cursor: string | null }} page */
function take({ items, next_cursor }) {
  decisions.value = items;
  cursor = next_cursor;
  hasOlder.value = next_cursor !== null;
}

export async function readOlder() {
  try {
    const older = await api.readDecisions({ ...query(), cursor });
    batch(() => take({ ...older, items: [...(decisions.value ?? []), ...older.items] }));
  } catch (error) {
    toast(sentence(error), "bad");
  }
}

/** Of each position whose version is new. */
async function readAllChanges() {
  const stale = positions.value.filter(({ id, version }) => versionsRead.get(id) !== version);
  const read = await Promise.all(stale.map(async ({ id, version }) => ({ id, version, items: (await readChanges(id)).items })));
  const next = new Map(changesOf.value);
  for (const { id, version, items } of read) {
    versionsRead.set(id, version);
    next.set(id, items);
  }
  if (read.length > 0) changesOf.value = next;
}

/** @param {string} what @param {() => Promise<void>} work */
async function act(what, work) {
  busy.value = new Set([...busy.value, what]);
  try {
    await work();
  } catch (error) {
    toast(refusalOf(error), error instanceof ApiProblem && error.word === "stale-version" ? "plain" : "bad");
  } finally {
    versionsRead.clear();
    await Promise.all([rereadPortfolio(), readTrading()]);
    busy.value = new Set([...busy.value].filter((each) => each !== what));
  }
}

/** @param {unknown} error */
function refusalOf(error) {
  if (error instanceof ApiProblem && error.word === "stale-version") return "This was changed meanwhile: look again";
  const [first] = error instanceof ApiProblem ? error.errors : [];
  return first === undefined ? sentence(error) : `${sentence(error)}: ${first.message}`;
}

/** It waits no longer. @param {Decision} decision */
const leave = ({ id }) => (waiting.value = waiting.value.filter((each) => each.id !== id));

/** @param {Decision} decision @param {object} adjusted */
export const approve = (decision, adjusted) =>
  act(decision.id, async () => {
    await api.approveDecision(decision.id, { version: decision.version, ...adjusted });
    leave(decision);
    toast(`${decision.symbol}: carried out`, "good");
  });

/** @param {Decision} decision */
export const reject = (decision) =>
  act(decision.id, async () => {
    await api.rejectDecision(decision.id, { version: decision.version });
    leave(decision);
    toast(`${decision.symbol}: rejected`);
  });

/** @param {import("../shapes.js").Trade} trade @param {Change} change @param {"veto" | "apply"} word */
export const answer = (trade, change, word) =>
  act(trade.id, async () => {
    placeInList(await api.answerChange(trade.id, change.id, word, trade.version));
    toast(word === "veto" ? `${trade.ticker}: vetoed, its levels stay` : `${trade.ticker}: carried out`, "good");
  });

/** @param {import("../shapes.js").Trade} trade @param {boolean} paused */
export const pauseAi = (trade, paused) =>
  act(trade.id, async () => {
    placeInList(await api.pauseAi(trade.id, paused, trade.version));
    toast(paused ? `${trade.ticker}: the model's hand is off it; rules and levels go on` : `${trade.ticker}: the model minds it again`, "good");
  });

/** @param {Trader} trader @param {boolean} enabled */
export const enableTrader = (trader, enabled) =>
  act(trader.id, async () => {
    await api.putTrader(trader.id, { ...bodyOf(trader), trading: { ...trader.trading, enabled } });
    toast(enabled ? `${trader.name} is on` : `${trader.name} is off: it decides nothing more`, "good");
  });

/** @param {Trader} trader */
export const pauseOrResume = (trader) =>
  act(trader.id, async () => {
    await (trader.state === "ON" ? api.pauseTrader(trader.id) : api.resumeTrader(trader.id));
  });

/** Raises ApiProblem for the dialog. @param {Trader} trader @param {{ enable: boolean, confirm?: string, disclaimer?: boolean, lift_cap?: boolean }} body */
export async function switchLive(trader, body) {
  await api.switchTraderLive(trader.id, body);
  const { name } = trader;
  if (!body.enable) toast(`${name} is no longer live: it enters at Binance's testnet`);
  else toast(body.lift_cap ? `${name}: the cap of its first trades is lifted` : `${name} trades live: its orders use real money`);
  await readTrading();
}

/** @param {Trader} trader */
export const endLive = (trader) => act(trader.id, () => switchLive(trader, { enable: false }));

/** @param {Trader} trader @param {string} symbol */
export const resumePair = (trader, symbol) =>
  act(trader.id, async () => {
    await api.resumeTrader(trader.id, symbol);
    toast(`${trader.name} may enter ${symbol} again`, "good");
  });

/** @param {Trader} trader */
export const closeAllOf = (trader) =>
  act(trader.id, async () => {
    const { left } = await api.closeAllOf(trader.id);
    toast(left === 0 ? `${trader.name} holds nothing any more` : `${trader.name}: ${left} still being closed`, left === 0 ? "good" : "plain");
  });

/** @param {Trader} trader */
export const removeTrader = (trader) =>
  act(trader.id, async () => {
    await api.deleteTrader(trader.id, trader.version);
    toast(`${trader.name} is deleted`, "good");
    void readSystems();
  });

/** Raises ApiProblem for the form. @param {Trader | null} before @param {object} body */
export async function saveTrader(before, body) {
  await (before === null ? api.makeTrader(body) : api.putTrader(before.id, { ...body, version: before.version }));
  void readSystems();
  await readTrading();
}

/** As the call takes it. @param {Trader} trader */
export const bodyOf = ({ name, symbols, timeframe, filter, analysis, trading, version }) => ({ name, symbols, timeframe, filter, analysis, trading, version });

onForget(() => {
  reading += 1;
  cursor = null;
  versionsRead.clear();
  batch(() => {
    traders.value = null;
    decisions.value = null;
    newest.value = [];
    waiting.value = [];
    hasOlder.value = false;
    chosenMoney.value = null;
    aiAccount.value = null;
    mayEnter.value = true;
    tradingError.value = null;
    changesOf.value = new Map();
    busy.value = new Set();
  });
});
