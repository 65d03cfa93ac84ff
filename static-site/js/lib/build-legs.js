/**
 * The shapes that the ticket builds, and their first strikes: by delta where a leg is sold for its premium, at the money where the shape
 * has a middle, wings about one per cent of the underlying away. A first proposal: every strike can be moved afterwards.
 */

/** @typedef {import("../shapes.js").Contract} Contract */
/** @typedef {{ instrument: string, side: "LONG" | "SHORT", ratio: number, option_type: string | null, strike: number | null, expiry: string | null }} DraftLeg */
/** @typedef {{ near: Contract[], far: Contract[], spot: number, expiry: string, farExpiry: string }} Market */
/** @typedef {{ name: string, group: string, kinds: [string, string][] }} Shape */

export const LEGS_MAX = 4;
const SHARES_A_CONTRACT = 100;
const WING_PART = 0.01;

/** @type {[string, string][]} */
const RIGHTS = [
  ["CALL", "Call"],
  ["PUT", "Put"],
];

/** @type {Record<string, Shape>} what the ticket offers; `kinds` are its variants */
export const SHAPES = {
  LONG: { name: "Long option", group: "One leg", kinds: RIGHTS },
  CASH_SECURED_PUT: { name: "Cash-secured put", group: "One leg", kinds: [] },
  SHORT_CALL: { name: "Short call on shares held", group: "One leg", kinds: [] },
  COVERED_CALL: { name: "Covered call", group: "Two legs", kinds: [] },
  VERTICAL: {
    name: "Vertical",
    group: "Two legs",
    kinds: [
      ["PUT_SHORT", "Put credit"],
      ["CALL_SHORT", "Call credit"],
      ["CALL_LONG", "Call debit"],
      ["PUT_LONG", "Put debit"],
    ],
  },
  CALENDAR: { name: "Calendar", group: "Two legs", kinds: RIGHTS },
  STRADDLE: { name: "Straddle", group: "Two legs", kinds: [] },
  STRANGLE: { name: "Strangle", group: "Two legs", kinds: [] },
  BUTTERFLY: { name: "Butterfly", group: "Three and four legs", kinds: RIGHTS },
  IRON_CONDOR: { name: "Iron condor", group: "Three and four legs", kinds: [] },
  IRON_FLY: { name: "Iron fly", group: "Three and four legs", kinds: [] },
  OWN: { name: "Own legs", group: "Any", kinds: [] },
};

/** The right of a shape that is one strike of the chain; null of a shape of several legs. @param {string} shape @param {string} kind */
export function singleRight(shape, kind) {
  if (shape === "LONG") return kind;
  return shape === "CASH_SECURED_PUT" ? "PUT" : shape === "SHORT_CALL" ? "CALL" : null;
}

/** @param {string} option_type @param {"LONG" | "SHORT"} side @param {number} strike @param {string} expiry @returns {DraftLeg} */
export const optionLeg = (option_type, side, strike, expiry, ratio = 1) => ({
  instrument: "OPTION",
  side,
  ratio,
  option_type,
  strike,
  expiry,
});

/** @type {DraftLeg} */
const SHARES = { instrument: "EQUITY", side: "LONG", ratio: SHARES_A_CONTRACT, option_type: null, strike: null, expiry: null };

/** @type {Record<string, (market: Market, kind: string) => DraftLeg[] | null>} */
const BUILDERS = {
  COVERED_CALL: (market) => all([SHARES, leg(market, "CALL", "SHORT", byDelta(market, "CALL", 0.3))]),
  VERTICAL: (market, kind) => vertical(market, kind),
  CALENDAR: (market, kind) => calendar(market, kind),
  STRADDLE: (market) => pair(market, atMoney(market, "PUT"), atMoney(market, "CALL")),
  STRANGLE: (market) => pair(market, byDelta(market, "PUT", 0.25), byDelta(market, "CALL", 0.25)),
  BUTTERFLY: (market, kind) => butterfly(market, kind),
  IRON_CONDOR: (market) => iron(market, byDelta(market, "PUT", 0.2), byDelta(market, "CALL", 0.2), 1),
  IRON_FLY: (market) => iron(market, atMoney(market, "CALL"), atMoney(market, "CALL"), 2),
};

/** A shape's first legs; none when the chain does not list what it needs. @param {string} shape @param {string} kind @param {Market} market */
export const buildLegs = (shape, kind, market) => BUILDERS[shape]?.(market, kind) ?? [];

/** @param {Market} market @param {string} right */
const strikesOf = (market, right) =>
  market.near.filter((each) => each.option_type === right).map((each) => each.strike).sort((one, other) => one - other);

/** @param {number[]} values @param {number} to */
const nearest = (values, to) =>
  values.length === 0 ? null : values.reduce((best, each) => (Math.abs(each - to) < Math.abs(best - to) ? each : best));

/** @param {Market} market @param {string} right */
const atMoney = (market, right) => nearest(strikesOf(market, right), market.spot);

/** Out of the money, at the delta that is nearest; the strike 3 % out where no delta is known. @param {Market} market @param {string} right @param {number} delta */
function byDelta({ near, spot }, right, delta) {
  const isOut = (/** @type {Contract} */ each) => (right === "CALL" ? each.strike > spot : each.strike < spot);
  const out = near.filter((each) => each.option_type === right && isOut(each));
  const known = out.filter((each) => each.delta !== null && (each.bid ?? 0) > 0);
  const far = (/** @type {Contract} */ each) => Math.abs(Math.abs(Number(each.delta)) - delta);
  if (known.length > 0) return known.reduce((best, each) => (far(each) < far(best) ? each : best)).strike;
  return nearest(out.map((each) => each.strike), spot * (right === "CALL" ? 1.03 : 0.97));
}

/** The strike a wing away; another than its own. @param {Market} market @param {string} right @param {number | null} from @param {number} wings below 0: downwards */
function wing(market, right, from, wings) {
  if (from === null) return null;
  const beyond = strikesOf(market, right).filter((each) => (wings > 0 ? each > from : each < from));
  return nearest(beyond, from + wings * market.spot * WING_PART);
}

/** @param {Market} market @param {string} right @param {"LONG" | "SHORT"} side @param {number | null} strike @param {number} [ratio] */
const leg = ({ expiry }, right, side, strike, ratio = 1) => (strike === null ? null : optionLeg(right, side, strike, expiry, ratio));

/** @param {(DraftLeg | null)[]} legs @returns {DraftLeg[] | null} */
const all = (legs) => (legs.includes(null) ? null : /** @type {DraftLeg[]} */ (legs));

/** @param {Market} market @param {number | null} put @param {number | null} call */
const pair = (market, put, call) => all([leg(market, "PUT", "LONG", put), leg(market, "CALL", "LONG", call)]);

/** @param {Market} market @param {string} kind */
function vertical(market, kind) {
  const [right, side] = /** @type {[string, "LONG" | "SHORT"]} */ (kind.split("_"));
  const first = side === "SHORT" ? byDelta(market, right, 0.3) : atMoney(market, right);
  const second = wing(market, right, first, right === "CALL" ? 1 : -1);
  return all([leg(market, right, side, first), leg(market, right, side === "SHORT" ? "LONG" : "SHORT", second)]);
}

/** @param {Market} market @param {string} right */
function calendar(market, right) {
  const listed = new Set(market.far.filter((each) => each.option_type === right).map((each) => each.strike));
  const strike = nearest(strikesOf(market, right).filter((each) => listed.has(each)), market.spot);
  const far = { ...market, expiry: market.farExpiry };
  return all([leg(market, right, "SHORT", strike), leg(far, right, "LONG", strike)]);
}

/** @param {Market} market @param {string} right */
function butterfly(market, right) {
  const strikes = strikesOf(market, right);
  const middle = nearest(strikes, market.spot);
  const high = wing(market, right, middle, 1.5);
  if (middle === null || high === null) return null;
  const low = nearest(strikes.filter((each) => each < middle), 2 * middle - high);
  return all([leg(market, right, "LONG", low), leg(market, right, "SHORT", middle, 2), leg(market, right, "LONG", high)]);
}

/** Both wings as wide as the strikes allow it. @param {Market} market @param {number | null} put @param {number | null} call @param {number} wings */
function iron(market, put, call, wings) {
  const low = wing(market, "PUT", put, -wings);
  if (low === null || put === null || call === null) return null;
  const high = nearest(strikesOf(market, "CALL").filter((each) => each > call), call + put - low);
  return all([
    leg(market, "PUT", "LONG", low),
    leg(market, "PUT", "SHORT", put),
    leg(market, "CALL", "SHORT", call),
    leg(market, "CALL", "LONG", high),
  ]);
}
