/** A calendar of daily P&L: a block for each month, a cell for each trading day, its depth of colour beside its sign. */
import { Amount } from "../components/amount.js";
import { calendarDate, direction, profit, shortProfit } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { ANY_MODE, scope } from "../state/performance.js";
import { address } from "../state/route.js";

/** @typedef {import("../shapes-performance.js").Performance} Performance */
/** @typedef {{ month: string, pnl: number, days: { date: string, pnl: number }[] }} Month */

const MONTHS_FIRST = 6;
const DEPTHS = 3;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const SESSION_DAYS = 5;
const DAY_MS = 86_400_000;
const MONTH_NAME = new Intl.DateTimeFormat("en-US", { timeZone: "UTC", month: "long", year: "numeric" });

/** @param {{ known: Performance }} props */
export function PerformanceCalendar({ known }) {
  const [isWhole, setWhole] = useState(false);
  const months = monthsOf(known);
  if (months.length === 0) return null;
  const shown = isWhole ? months : months.slice(0, MONTHS_FIRST);
  const most = Math.max(...known.daily.map(({ pnl }) => Math.abs(pnl)));
  return html`
    <section class="panel" aria-labelledby="performance-calendar">
      <h2 id="performance-calendar">Daily P&L</h2>
      <div class="calendar">${shown.map((month) => html`<${MonthBlock} key=${month.month} known=${month} most=${most} weekly=${known.weekly} />`)}</div>
      ${
        months.length > MONTHS_FIRST &&
        html`<button type="button" class="button" data-size="small" onClick=${() => setWhole(!isWhole)}>
          ${isWhole ? "Show the last months" : `Show all ${months.length} months`}
        </button>`
      }
    </section>
  `;
}

/** Newest first. @param {Performance} known @returns {Month[]} */
export function monthsOf({ daily, monthly }) {
  /** @type {Map<string, Month>} */
  const byName = new Map(monthly.map(({ month, pnl }) => [month, { month, pnl, days: [] }]));
  for (const { date, pnl } of daily) byName.get(date.slice(0, 7))?.days.push({ date, pnl });
  return [...byName.values()].reverse();
}

/** @param {{ known: Month, most: number, weekly: Performance["weekly"] }} props weeks are whole ones, also where they begin or end in another month */
function MonthBlock({ known, most, weekly }) {
  const byWeek = new Map(weekly.map(({ from, pnl }) => [from, pnl]));
  const columns = known.days.some(({ date }) => weekdayOf(date) >= SESSION_DAYS) ? WEEKDAYS.length : SESSION_DAYS;
  return html`
    <table class="month">
      <caption>
        <span>${MONTH_NAME.format(new Date(`${known.month}-01T00:00:00Z`))}</span>
        <span class="figure"><${Amount} value=${known.pnl} /></span>
      </caption>
      <thead>
        <tr>${WEEKDAYS.slice(0, columns).map((name) => html`<th key=${name} scope="col">${name}</th>`)}<th scope="col">Week</th></tr>
      </thead>
      <tbody>
        ${weeksOf(known, columns).map(
          (week, index) => html`<tr key=${index}>${week.map((day, column) => html`<${DayCell} key=${column} day=${day} most=${most} />`)}<${WeekCell} pnl=${byWeek.get(mondayOf(week)) ?? null} /></tr>`,
        )}
      </tbody>
    </table>
  `;
}

/** @param {{ day: Month["days"][number] | null, most: number }} props */
function DayCell({ day, most }) {
  if (day === null) return html`<td></td>`;
  const way = day.pnl > 0 ? "gain" : day.pnl < 0 ? "loss" : "flat";
  const depth = most === 0 ? 0 : Math.ceil((Math.abs(day.pnl) / most) * DEPTHS);
  return html`
    <td class="month-day" data-way=${way} data-depth=${depth} title=${`${calendarDate(day.date)}: ${profit(day.pnl)}`}>
      <a class="month-number" href=${address("history", { from: day.date, to: day.date, mode: scope.value === ANY_MODE ? "" : scope.value })} aria-label=${`Trades closed on ${calendarDate(day.date)}`}>${Number(day.date.slice(8))}</a>
      <span class="month-pnl figure">${shortProfit(day.pnl)}</span>
    </td>
  `;
}

/** @param {{ pnl: number | null }} props */
const WeekCell = ({ pnl }) => html`<td class="month-week figure">${pnl !== null && html`<span class="amount" data-way=${direction(pnl)}>${shortProfit(pnl)}</span>`}</td>`;

/** @param {(Month["days"][number] | null)[]} week */
function mondayOf(week) {
  const column = week.findIndex((day) => day !== null);
  const day = week[column];
  return day === null || day === undefined ? "" : new Date(Date.parse(`${day.date}T00:00:00Z`) - column * DAY_MS).toISOString().slice(0, 10);
}

/** @param {string} date 0 for Monday */
const weekdayOf = (date) => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;

/** The month's days by week; null where no trading day is. @param {Month} month @param {number} columns */
function weeksOf({ month, days }, columns) {
  const byDate = new Map(days.map((day) => [day.date, day]));
  /** @type {(Month["days"][number] | null)[][]} */
  const weeks = [];
  for (let at = Date.parse(`${month}-01T00:00:00Z`); ; at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10);
    if (!date.startsWith(month)) break;
    const weekday = weekdayOf(date);
    if (weekday >= columns) continue;
    if (weeks.length === 0 || weekday === 0) weeks.push(Array(columns).fill(null));
    weeks[weeks.length - 1][weekday] = byDate.get(date) ?? null;
  }
  return weeks.filter((week) => week.some((day) => day !== null));
}
