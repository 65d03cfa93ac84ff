/** What a replay is asked with, as it is typed, and back to the body of the call. Pure. */
import { numberOf, readTargets } from "./targets-text.js";

/** Empty: as the trader has it; `off`: without it. @typedef {Record<string, string>} Variant */
/** @typedef {{ trader: string, from: string, to: string, answers: string, variants: Variant[] }} Draft */

export const VARIANTS_MAX = 10;

/** @type {[string, string, string, string][]} name, label, unit, hint */
export const FIELDS = [
  ["stop_distance_pct", "Stop from the entry", "%", ""],
  ["breakeven_at_pct", "Stop to the entry from", "%", "off: never"],
  ["trailing_pct", "Stop follows at", "%", "off: it does not"],
  ["min_confidence", "Confidence, at least", "", "0 to 1"],
  ["max_holding_minutes", "Held at most", "min", "off: without end"],
  ["targets", "Targets", "%", "distance × share: 3 × 50, 6 × 50"],
];

/** @param {number} number @returns {Variant} */
export const newVariant = (number) => ({ name: `Variant ${number}`, ...Object.fromEntries(FIELDS.map(([name]) => [name, ""])) });

/** @param {string} name @param {string} text */
function valueOf(name, text) {
  if (text === "off") return name === "targets" ? [] : null;
  return name === "targets" ? readTargets(text).map(([distance_pct, share]) => ({ distance_pct, share })) : numberOf(text);
}

/** @param {Draft} draft */
export const bodyOf = ({ trader, from, to, answers, variants }) => ({
  trader_id: trader,
  from,
  to,
  answers,
  variants: variants.map(({ name, ...fields }) => ({
    name: name.trim(),
    ...Object.fromEntries(Object.entries(fields).flatMap(([field, text]) => (text.trim() === "" ? [] : [[field, valueOf(field, text.trim().toLowerCase())]]))),
  })),
});

/** What a variant differs by, in words; nothing: as the trader is. @param {any} variant as the server tells it */
export function differsBy(variant) {
  return FIELDS.flatMap(([field, label, unit]) => {
    if (!(field in variant)) return [];
    const value = variant[field];
    if (field === "targets") return [value.length === 0 ? "no targets" : `targets ${value.map((/** @type {any} */ each) => `${each.distance_pct}% × ${Math.round(each.share * 100)}`).join(", ")}`];
    return [value === null ? `${label.toLowerCase()}: off` : `${label.toLowerCase()} ${value}${unit === "" ? "" : unit === "%" ? "%" : ` ${unit}`}`];
  }).join("; ");
}
