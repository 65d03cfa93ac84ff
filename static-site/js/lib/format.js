/**
 * How values look: functions from a value to text. Instants are shown in US Eastern time, which is the market's,
 * unless another zone was asked for; days of the market are Eastern always. What is not known is an em dash, never a zero. Nothing here adds, multiplies or rounds money
 * beyond the decimals that are shown.
 */

export const UNKNOWN = "—";
const ZONE = "America/New_York";
const MINUS = "−";

/** @param {Intl.NumberFormatOptions} options */
const decimals = (options) => new Intl.NumberFormat("en-US", options);
const MONEY = decimals({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const PRICE = decimals({ minimumFractionDigits: 2, maximumFractionDigits: 8 });
const ONE = decimals({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
const THREE = decimals({ minimumFractionDigits: 3, maximumFractionDigits: 3 });
const WHOLE = decimals({ maximumFractionDigits: 8 });
const ROUND = decimals({ maximumFractionDigits: 0 });
const SHORT = decimals({ notation: "compact", maximumFractionDigits: 1 });

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const LOOKS = {
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  timeShort: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { month: "short", day: "numeric" },
  weekday: { weekday: "short", month: "short", day: "numeric" },
  date: { month: "short", day: "numeric", year: "numeric" },
  zone: { hour: "numeric", timeZoneName: "short" },
};
/** @param {string} timeZone */
const formatsIn = (timeZone) =>
  Object.fromEntries(Object.entries(LOOKS).map(([name, look]) => [name, new Intl.DateTimeFormat("en-US", { timeZone, ...look })]));
let shownZone = ZONE;
let shown = formatsIn(ZONE);

/** Show instants in this zone from now on; null: the market's. @param {string | null} timeZone */
export function showTimesIn(timeZone) {
  if ((timeZone ?? ZONE) === shownZone) return;
  shownZone = timeZone ?? ZONE;
  shown = formatsIn(shownZone);
}

const EASTERN_DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE });
const CALENDAR_DATE = new Intl.DateTimeFormat("en-US", {
  timeZone: "UTC",
  month: "short",
  day: "numeric",
  year: "numeric",
});

/**
 * What is rounded to nothing has no sign.
 * @param {number} value
 * @param {string} digits of its absolute value
 * @param {{ signed?: boolean, unit?: string }} look
 */
function withSign(value, digits, { signed = false, unit = "" }) {
  const isNothing = !/[1-9]/.test(digits);
  const sign = isNothing ? "" : value < 0 ? MINUS : signed && value > 0 ? "+" : "";
  return `${sign}${unit}${digits}`;
}

/** @param {number | null} value Account money: `$1,234.50`, `−$12.00`. */
export const money = (value) =>
  value === null ? UNKNOWN : withSign(value, MONEY.format(Math.abs(value)), { unit: "$" });

/** @param {number | null} value Profit and loss: always with its sign, `+$12.00`. */
export const profit = (value) =>
  value === null ? UNKNOWN : withSign(value, MONEY.format(Math.abs(value)), { signed: true, unit: "$" });

/** From here on money is told in millions, where room is short. */
const MANY = 10_000_000;
const MILLIONS = decimals({ minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** @param {number | null} value Whether money is too long for a narrow place. */
export const isLong = (value) => value !== null && Math.abs(value) >= MANY;

/** @param {number | null} value Money where room is short: `$44.96M`, `+$44.96M` with its sign. @param {{ signed?: boolean }} [look] */
export const briefMoney = (value, { signed = false } = {}) =>
  !isLong(value)
    ? signed ? profit(value) : money(value)
    : withSign(/** @type {number} */ (value), `${MILLIONS.format(Math.abs(/** @type {number} */ (value)) / 1_000_000)}M`, { signed, unit: "$" });

/** @param {number} value Money of a day in a calendar: `$77`, `−$1.8K`. */
export const shortProfit = (value) => withSign(value, (Math.abs(value) < 1_000 ? ROUND : SHORT).format(Math.abs(value)), { unit: "$" });

/** @param {number | null} value A price per share: at least two decimals, no unit; of a structure signed. */
export const price = (value) => (value === null ? UNKNOWN : withSign(value, PRICE.format(Math.abs(value)), {}));

/** @param {number | null} value A price that was worked out, on a cent. */
export const priceNear = (value) => price(value === null ? null : Math.round(value * 100) / 100);

/** @param {number | null} value A strike: `190`, `192.5`. */
export const strike = (value) => (value === null ? UNKNOWN : WHOLE.format(value));

/** @param {number | null} value */
export const count = (value) => (value === null ? UNKNOWN : WHOLE.format(value));

/** @param {number | null} value Per cent as the API gives it: 12.5 is an eighth. */
export const percent = (value) => (value === null ? UNKNOWN : `${withSign(value, ONE.format(Math.abs(value)), {})}%`);

/** @param {number | null} value Per cent with its sign. */
export const change = (value) =>
  value === null ? UNKNOWN : `${withSign(value, ONE.format(Math.abs(value)), { signed: true })}%`;

/** @param {number | null} value Implied volatility: a fraction, shown in per cent. */
export const volatility = (value) => (value === null ? UNKNOWN : `${ONE.format(value * 100)}%`);

/** @param {number | null} value */
export const greek = (value) => (value === null ? UNKNOWN : withSign(value, THREE.format(Math.abs(value)), {}));

/** @param {number | null} value Greeks of what is held: one decimal where they are large, three where small. */
export const heldGreek = (value) =>
  value === null ? UNKNOWN : withSign(value, (Math.abs(value) >= 1 ? ONE : THREE).format(Math.abs(value)), { signed: true });

/** @param {number | null} value A chance as the API gives it: a fraction. */
export const chance = (value) => (value === null ? UNKNOWN : `≈ ${Math.round(value * 100)}%`);

/** @param {number | null} value A reward-to-risk ratio. */
export const ratio = (value) => (value === null ? UNKNOWN : `${ONE.format(value)} : 1`);

/**
 * @param {number | null} value
 * @param {number} [digits] that are shown: what is rounded to nothing goes nowhere
 * @returns {"gain" | "loss" | "flat" | "none"}
 */
export function direction(value, digits = 2) {
  if (value === null) return "none";
  if (Math.abs(value) < 0.5 / 10 ** digits) return "flat";
  return value > 0 ? "gain" : "loss";
}

/** `1 trade`, `2 trades` @param {number} number @param {string} one @param {string} [many] */
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** @param {string | number | null} at */
const instant = (at) => (at === null ? null : new Date(at));

/** @param {string} look @returns {(at: string | number | null) => string} */
const inLook = (look) => (at) => {
  const when = instant(at);
  return when === null || Number.isNaN(when.getTime()) ? UNKNOWN : shown[look].format(when);
};

/** `10:31:05` */
export const time = inLook("time");
/** `10:31` */
export const timeShort = inLook("timeShort");
/** `Feb 19` */
export const day = inLook("day");
/** `Thu, Feb 19` */
export const weekday = inLook("weekday");
/** `Feb 19, 2026` */
export const date = inLook("date");

/** @param {string | number | null} at `Feb 19, 10:31` */
export const dateTime = (at) => (at === null ? UNKNOWN : `${day(at)}, ${timeShort(at)}`);

/** @param {string | number} at `ET`, elsewhere as that zone is called at this instant: `GMT+1` */
export const zone = (at) =>
  shownZone === ZONE ? "ET" : (shown.zone.formatToParts(new Date(at)).find(({ type }) => type === "timeZoneName")?.value ?? "");

/** @param {(at: string | number | null) => string} look @returns {(at: string | number | null) => string} */
const zoned = (look) => (at) => (at === null ? UNKNOWN : `${look(at)} ${zone(at)}`);
/** `10:31:05 ET` */
export const timeZoned = zoned(time);
/** `10:31 ET` */
export const timeShortZoned = zoned(timeShort);
/** `Feb 19, 10:31 ET` */
export const dateTimeZoned = zoned(dateTime);

/** @param {string | null} iso A calendar date (`2026-03-20`), which belongs to no time zone. */
export const calendarDate = (iso) =>
  iso === null ? UNKNOWN : CALENDAR_DATE.format(new Date(`${iso}T00:00:00Z`));

/** @param {number} fromMs @param {number} toMs Whether both instants lie on one Eastern day. */
export const sameDay = (fromMs, toMs) => Math.floor(fromMs / MINUTE_MS) === Math.floor(toMs / MINUTE_MS) || date(fromMs) === date(toMs);

/** @param {number | null} seconds `40 s`, `12 min`, `3 h 05 min`, `4 d` */
export function age(seconds) {
  if (seconds === null) return UNKNOWN;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** @param {number | null} hours how long something was held: `45m`, `3h`, `1h 25m`, `3d` */
export function duration(hours) {
  if (hours === null) return UNKNOWN;
  const minutes = Math.max(0, Math.round(hours * 60));
  if (minutes < 60) return `${minutes}m`;
  if (minutes < 24 * 60) return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
  return `${Math.round(minutes / (24 * 60))}d`;
}

/** @param {string | null} expiry `2026-03-20` @param {number} nowMs @returns {number | null} calendar days from the Eastern day of now, 0 on the day itself */
export function daysTo(expiry, nowMs) {
  return expiry === null ? null : Math.round((Date.parse(expiry) - Date.parse(easternDay(nowMs))) / 86_400_000);
}

const MINUTE_MS = 60_000;
let lastDay = { minute: Number.NaN, day: "" };

/** @param {number} atMs The Eastern day of an instant, `2026-02-19`; a table asks for the same minute's hundreds of times. */
export function easternDay(atMs) {
  const minute = Math.floor(atMs / MINUTE_MS);
  if (lastDay.minute !== minute) lastDay = { minute, day: EASTERN_DAY.format(new Date(atMs)) };
  return lastDay.day;
}
