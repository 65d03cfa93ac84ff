/** Past trades out of a file: what was found in it, what was taken over before. */
import { list, nullable, number, shape, text } from "./lib/check.js";

const rowFault = shape({ row: nullable(number), column: nullable(text), message: text });

/** @typedef {ReturnType<typeof importReport>} ImportReport */
export const importReport = shape({
  rows: number,
  imported: number,
  new: number,
  known: number,
  near_duplicates: list(shape({ row: number, symbol: text, trade_id: nullable(text), other_row: nullable(number) })),
  left_out: list(shape({ row: number, why: text })),
  total_pnl: number,
  errors: list(rowFault),
});

/** @typedef {ReturnType<typeof pastImport>} PastImport */
export const pastImport = shape({ id: text, at: text, trades: number, total_pnl: number, undone_at: nullable(text) });
