/** The desk as the contract has it: its status, which every view reads. */
import { flag, list, nullable, number, shape, text } from "./lib/check.js";

/** One cause in force. @typedef {ReturnType<typeof switchRow>} SwitchRow */
export const switchRow = shape({
  scope: text,
  mode: text,
  cause: text,
  detail: text,
  set_by: text,
  set_at: nullable(text),
  lifts_when: text,
});

const dataAge = nullable(shape({ as_of: text, age_s: number }));

/** @typedef {ReturnType<typeof deskStatus>} DeskStatus */
export const deskStatus = shape({
  bot: shape({ on: flag, since: nullable(text) }),
  kill_switch: shape({ mode: text, rows: list(switchRow) }),
  last_scan: nullable(
    shape({ at: text, age_s: number, strategies: number, entering: number, rejected: number, blocked: number, failed: number }),
  ),
  last_exit_scan_at: nullable(text),
  data_ages: shape({
    marks: dataAge,
    account: dataAge,
    vix: dataAge,
    bars: dataAge,
    earnings: dataAge,
    dividends: dataAge,
    iv_history: dataAge,
    macro_windows: dataAge,
  }),
});
