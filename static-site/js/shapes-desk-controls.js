/** What the desk's controls read: books against brokers. */
import { list, nullable, number, shape, text, flag } from "./lib/check.js";

/** One account held against its broker. @typedef {ReturnType<typeof reconciled>} Reconciled */
const reconciled = shape({
  broker_mode: text,
  account_id: text,
  underlyings: list(text),
  settled: list(text),
  unsettled: list(shape({ trade_id: text, role: text })),
  drift: list(shape({ symbol: text, underlying: text, books: number, broker: number, since: text, accepted: flag })),
  trouble: nullable(text),
});
export const reconciliation = shape({ results: list(reconciled) });
