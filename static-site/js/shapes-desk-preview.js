/** What the desk would do by a strategy that nobody has stored. Read by its builder. */
import { list, nullable, number, shape, text } from "./lib/check.js";
import { verdict } from "./shapes-desk-more.js";
import { bookWith } from "./shapes.js";

const leg = shape({
  symbol: text,
  side: text,
  ratio: number,
  option_type: text,
  strike: number,
  bid: nullable(number),
  ask: nullable(number),
  mid: nullable(number),
  iv: nullable(number),
  delta: nullable(number),
  volume: nullable(number),
  open_interest: nullable(number),
});

/** @typedef {ReturnType<typeof structure>} PreviewedStructure */
const structure = shape({
  structure: text,
  expiry: text,
  dte: number,
  qty: number,
  legs: list(leg),
  credit: number,
  max_profit: nullable(number),
  max_loss: nullable(number),
  break_evens: list(number),
  payoff: list(list(number)),
  payoff_now: list(list(number)),
  pop: number,
  pop_implied: number,
  pot: number,
  expected_move: number,
  ev_net: number,
  ev_mean: number,
  friction: number,
});

/** @typedef {ReturnType<typeof strategyPreview>} StrategyPreview */
export const strategyPreview = shape({
  as_of: text,
  decision: text,
  reason: text,
  ended_by: nullable(text),
  gates: list(verdict),
  standing: list(shape({ cause: text, reason: text })),
  spot: nullable(number),
  spot_as_of: nullable(text),
  chain_as_of: nullable(text),
  source: nullable(text),
  trouble: list(text),
  structure: nullable(structure),
  book: nullable(bookWith),
});
