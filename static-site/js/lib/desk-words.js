/** Words for the desk's enumerations. */
import { named } from "./words.js";

export const typeName = named({
  iron_condor: "Iron condor",
  credit_put_spread: "Credit put spread",
  credit_call_spread: "Credit call spread",
  iron_fly: "Iron fly",
  iron_butterfly: "Iron butterfly",
  butterfly: "Butterfly",
  cash_secured_put: "Cash-secured put",
  covered_call: "Covered call",
  wheel: "Wheel",
});

export const strategyModeName = named({ paper: "Paper", shadow: "Shadow", live: "Live" });

export const decisionName = named({ ENTER: "Entered", REJECT: "Not entered", EXIT: "Left", WAIT: "Waits to leave", BLOCKED: "Blocked" });

export const switchModeName = named({ off: "Off", safe_mode: "Safe mode", hard_stop: "Hard stop" });

export const causeName = named({
  person: "Set by a person",
  vix_backwardation: "VIX backwardation",
  macro_window: "Macro window",
  missing_data: "Missing data",
  daily_loss: "Daily loss",
  cap_breach: "Cap of the book",
  var_breach: "Value at risk",
  evaluation_failed: "An evaluation failed",
  unreadable: "The switch cannot be read",
});

export const scopeName = named({ desk: "the desk's entries", user: "all your entries", global: "everybody's entries" });

/** What kinds of strategies have and are asked (B-01). @type {Record<string, { isByDelta: boolean, hasWings: boolean, isCredit: boolean }>} */
export const KINDS = {
  iron_condor: { isByDelta: true, hasWings: true, isCredit: true },
  credit_put_spread: { isByDelta: true, hasWings: true, isCredit: true },
  credit_call_spread: { isByDelta: true, hasWings: true, isCredit: true },
  iron_fly: { isByDelta: false, hasWings: true, isCredit: true },
  iron_butterfly: { isByDelta: false, hasWings: true, isCredit: true },
  butterfly: { isByDelta: false, hasWings: true, isCredit: false },
  cash_secured_put: { isByDelta: true, hasWings: false, isCredit: true },
  covered_call: { isByDelta: true, hasWings: false, isCredit: true },
  wheel: { isByDelta: true, hasWings: false, isCredit: true },
};
