/** Moving a level in a chart: its steps, and what is asked of the server. Pure. */
import { isStructure } from "./legs.js";
import { hasParts } from "./quantities.js";
import { sharesOf } from "./shares.js";

/** @typedef {import("../shapes.js").Trade} Trade */
/** A level that can be moved; `index` among the targets that wait. @typedef {{ name: string, text: string, value: number, index: number | null }} Level */

const FILLED = "FILLED";

/** @param {Trade} trade */
const waiting = ({ targets }) => targets.filter((target) => target.state !== FILLED);

/** @param {Trade} trade @returns {Level[]} */
export function levelsOf(trade) {
  const own = waiting(trade);
  const prices = own.length > 0 ? own.map(({ price }) => price) : trade.tp_price === null ? [] : [trade.tp_price];
  return [
    ...(trade.sl_price === null ? [] : [{ name: "stop", text: "Stop", value: trade.sl_price, index: null }]),
    ...prices.map((value, index) => ({ name: `target ${index}`, text: prices.length === 1 ? "Target" : `Target ${index + 1}`, value, index })),
  ];
}

/** A step that any class of options trades in; of coins about a thousandth, on which every tick lies. @param {number} value @param {Trade} trade */
export function stepAt(value, trade) {
  if (hasParts(trade)) return 10 ** (Math.floor(Math.log10(Math.abs(value) || 1)) - 3);
  return isStructure(trade) || Math.abs(value) < 3 ? 0.05 : 0.1;
}

/** @param {number} value @param {Trade} trade */
export function onStep(value, trade) {
  const step = stepAt(value, trade);
  const digits = Math.max(2, -Math.floor(Math.log10(step)));
  return Number((Math.round(value / step) * step).toFixed(Math.min(digits, 8)));
}

/** The body of the change; other targets stay as they are. @param {Trade} trade @param {Level} level @param {number} value */
export function bodyOf(trade, { index }, value) {
  if (index === null) return { new_sl: value };
  const own = waiting(trade);
  if (own.length === 0 || (own.length === 1 && own[0].share === 1)) return { new_tp: value };
  const open = trade.open_qty ?? trade.qty;
  const shares = sharesOf(own.map(({ quantity }) => quantity), open);
  return { targets: own.map(({ price }, at) => ({ price: at === index ? value : price, share: shares[at] })) };
}

/** Whether a stop at this value lets more be lost than now. @param {Trade} trade @param {number} value */
export function loosens({ sl_price: stop, legs }, value) {
  if (stop === null) return false;
  const isShort = !isStructure({ legs }) && legs[0]?.side === "SHORT";
  return isShort ? value > stop : value < stop;
}
