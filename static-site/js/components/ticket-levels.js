/** Stop and target of one option: a price each, chips in per cent, dollars and multiples of the risk, and what each would mean. */
import { change, money, price } from "../lib/format.js";
import { html } from "../lib/html.js";
import { levelByDollars, levelByPercent, levelByRisk, meaningOf } from "../lib/levels.js";
import { PriceField } from "./field.js";

/** @typedef {{ text: string, level: number | null }} LevelChip */

/**
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.name
 * @param {string} props.value
 * @param {(value: string) => void} props.onInput
 * @param {string | null} props.error
 * @param {LevelChip[]} props.chips
 * @param {any} props.meaning
 * @param {any} [props.after]
 */
export const LevelField = ({ label, name, value, onInput, error, chips, meaning, after = null }) => html`
  <div class="level">
    <${PriceField} label=${label} name=${name} value=${value} onInput=${onInput} error=${error} after=${after} hint=${meaning} />
    <div class="level-chips" role="group" aria-label=${`${label} by`}>
      ${chips.map(
        ({ text, level }) => html`
          <button key=${text} type="button" class="quick" disabled=${level === null} aria-pressed=${String(level !== null && level.toFixed(2) === value)}
            onClick=${() => level !== null && onInput(level.toFixed(2))}>${text}</button>
        `,
      )}
    </div>
  </div>
`;

/** @param {number | null} entry @param {number} shares @returns {LevelChip[]} */
export const stopChips = (entry, shares) => [
  { text: "−25%", level: entry === null ? null : levelByPercent(entry, -25) },
  { text: "−50%", level: entry === null ? null : levelByPercent(entry, -50) },
  ...[100, 200].map((dollars) => ({ text: `−$${dollars}`, level: entry === null ? null : dollarsBelow(entry, dollars, shares) })),
];

/** Null where the premium is less than that. @param {number} entry @param {number} dollars @param {number} shares */
function dollarsBelow(entry, dollars, shares) {
  return dollars >= entry * shares ? null : levelByDollars(entry, -dollars, shares);
}

/** @param {number | null} entry @param {number | null} stop @returns {LevelChip[]} */
export const targetChips = (entry, stop) => [
  { text: "+50%", level: entry === null ? null : levelByPercent(entry, 50) },
  { text: "+100%", level: entry === null ? null : levelByPercent(entry, 100) },
  ...[1, 2, 3].map((times) => ({ text: `${times}R`, level: entry === null || stop === null ? null : levelByRisk(entry, stop, times) })),
];

/** `−50.0% · 1.0R · 8.0% under the bid` @param {{ entry: number | null, level: number | null, stop: number | null, bid?: number | null, dollars?: number | null }} of */
export function meaningText({ entry, level, stop, bid = null, dollars = null }) {
  const meaning = meaningOf(entry, level, stop);
  if (meaning === null || level === null) return null;
  const { percent, r } = meaning;
  const toBid = bid === null || bid <= 0 || percent > 0 ? null : (level - bid) / bid;
  return [
    dollars === null ? null : `≈ ${money(dollars)}`,
    change(percent),
    r === null || percent < 0 ? null : `${r.toFixed(1)}R`,
    toBid === null ? null : toBid > 0 ? `above the bid ${price(bid)}` : `${change(toBid * 100)} from the bid`,
  ]
    .filter(Boolean)
    .join(" · ");
}
