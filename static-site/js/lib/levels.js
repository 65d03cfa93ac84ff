/**
 * Stop and target as people think of them: parts of the entry, dollars, multiples of the risk. Pure, per share, of one long
 * option; what a level would bring in dollars the server says. Worked in ten-thousandths, so that no binary fraction creeps in.
 */

const SCALE = 10_000;
/** A proposed level lies on a nickel under 3 $ and on a dime from there on: on every class's tick. */
const NICKEL = 500;
const DIME = 1_000;
const WIDE_FROM = 3 * SCALE;

/** @param {number} price */
const scaled = (price) => Math.round(price * SCALE);

/** On a tick that every class has, down for a stop and a target alike. @param {number} units */
function onTick(units) {
  const tick = units < WIDE_FROM ? NICKEL : DIME;
  return Math.max(tick, Math.floor(units / tick) * tick) / SCALE;
}

/** @param {number} entry @param {number} part below nothing for a stop: −50 is half of the entry */
export const levelByPercent = (entry, part) => onTick(scaled(entry) + Math.round((scaled(entry) * part) / 100));

/** @param {number} entry @param {number} dollars below nothing for a loss, of all of it @param {number} shares that all of it stands for */
export const levelByDollars = (entry, dollars, shares) => (shares <= 0 ? null : onTick(scaled(entry) + Math.round((dollars * SCALE) / shares)));

/** A target so many times as far above the entry as the stop lies below it. @param {number} entry @param {number} stop @param {number} times */
export function levelByRisk(entry, stop, times) {
  const risk = scaled(entry) - scaled(stop);
  return risk <= 0 ? null : onTick(scaled(entry) + risk * times);
}

/** What a level means: per cent of the entry, and multiples of the risk where a stop says what that is. @param {number | null} entry @param {number | null} level @param {number | null} stop */
export function meaningOf(entry, level, stop) {
  if (entry === null || level === null || entry <= 0) return null;
  const risk = stop === null ? null : entry - stop;
  return { percent: ((level - entry) / entry) * 100, r: risk === null || risk <= 0 ? null : (level - entry) / risk };
}

/** How many contracts lose no more than this at the stop, without one at worst; 0: not one. @param {number} dollars @param {number} entry @param {number | null} stop @param {number} multiplier */
export function sizeByRisk(dollars, entry, stop, multiplier) {
  const each = (scaled(entry) - scaled(stop ?? 0)) * multiplier;
  return each <= 0 ? 0 : Math.floor((dollars * SCALE) / each);
}
