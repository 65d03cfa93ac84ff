/** A limit's figures as people read them. */
import { money, percent } from "./format.js";

/** @param {string} limit @param {number | null} value */
export function limitValue(limit, value) {
  if (limit === "heat_limit_pct") return percent(value);
  return ["daily_loss_limit", "collateral"].includes(limit) ? money(value) : String(value ?? "—");
}
