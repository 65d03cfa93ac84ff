/** The kill switch: whether it is set, by what, when it lifts, what is left to close; and setting it by hand. */
import { Chip } from "../components/chip.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { count, dateTimeZoned } from "../lib/format.js";
import { causeName, scopeName, switchModeName } from "../lib/desk-words.js";
import { html, useState } from "../lib/html.js";
import { sentence } from "../lib/problems.js";
import { killSwitch, killSwitchError, setKillSwitch } from "../state/desk.js";
import { toast } from "../state/toasts.js";

/** @typedef {"safe-mode" | "hard-stop" | "reset"} How */

const CONFIRM = "FLATTEN";
const REASON_MAX = 200;

/** @type {Record<How, { title: string, what: string, button: string, kind: string, done: string }>} */
const WAYS = {
  "safe-mode": {
    title: "Set safe mode?",
    what: "Nothing of yours is entered any more, by hand, by the desk or by a trader; entries that work are withdrawn. Exits go on. It stays until you reset it.",
    button: "Set safe mode",
    kind: "primary",
    done: "Safe mode is set",
  },
  "hard-stop": {
    title: "Stop hard and close everything?",
    what: "As safe mode, and every position is closed by limits: now, or at the next open. What closing costs is lost for good.",
    button: "Close everything",
    kind: "danger-strong",
    done: "Everything is being closed",
  },
  reset: {
    title: "Reset the kill switch?",
    what: "Entries are let in again. A cause that still stands trips it again at the next scan.",
    button: "Reset",
    kind: "primary",
    done: "The kill switch is reset",
  },
};

/** What trips it by itself (B-08). @type {[string, string, string][]} */
const BY_ITSELF = [
  ["VIX at or above VIX3M", "the desk", "VIX below VIX3M for ten minutes"],
  ["A macro window, or data that cannot be read twice running", "the desk", "ten minutes after the cause is gone"],
  ["The day's loss reached its limit", "all your entries", "the next trading day"],
  ["A cap of the book is passed", "the desk", "under 95% of its limit"],
  ["A strategy cannot be evaluated", "the desk", "three clean scans"],
];

export function DeskSwitch() {
  const [asked, setAsked] = useState(/** @type {How | null} */ (null));
  const known = killSwitch.value;
  return html`
    <section class="panel" aria-labelledby="desk-switch">
      <div class="panel-head">
        <h2 id="desk-switch">Kill switch</h2>
        ${known !== null && html`<${Chip} tone=${known.mode === "off" ? "plain" : "warn"}>${switchModeName(known.mode)}<//>`}
      </div>
      ${killSwitchError.value !== null && html`<p class="notice" data-tone="bad" role="alert">It could not be read, and counts as set: ${killSwitchError.value}</p>`}
      ${known !== null && html`<${State} known=${known} />`}
      <div class="form-actions">
        ${known?.mode !== "safe_mode" && known?.mode !== "hard_stop" && html`<button type="button" class="button" onClick=${() => setAsked("safe-mode")}>Safe mode…</button>`}
        ${known?.mode !== "hard_stop" && html`<button type="button" class="button" data-kind="danger" onClick=${() => setAsked("hard-stop")}>Hard stop…</button>`}
        ${known !== null && known.rows.length > 0 && html`<button type="button" class="button" onClick=${() => setAsked("reset")}>Reset…</button>`}
      </div>
      <details class="kpis-more">
        <summary>What trips it by itself</summary>
        <table class="mini-table" role="table">
          <thead role="rowgroup"><tr role="row">${["Cause", "Stops", "Lifts"].map((text) => html`<th key=${text} role="columnheader" scope="col">${text}</th>`)}</tr></thead>
          <tbody role="rowgroup">
            ${BY_ITSELF.map(([cause, whose, lifts]) => html`<tr role="row" key=${cause}><td role="cell">${cause}</td><td role="cell">${whose}</td><td role="cell">${lifts}</td></tr>`)}
          </tbody>
        </table>
      </details>
      ${asked !== null && html`<${Question} how=${asked} onClose=${() => setAsked(null)} />`}
    </section>
  `;
}

/** @param {{ known: import("../state/desk.js").KillSwitch }} props */
function State({ known }) {
  if (known.rows.length === 0) return html`<p class="panel-note">Nothing stops entries.</p>`;
  return html`
    <ul class="switch-rows">
      ${known.rows.map(
        (row) => html`
          <li key=${`${row.scope} ${row.cause} ${row.set_at}`}>
            <p><strong>${causeName(row.cause)}</strong>: ${row.detail}</p>
            <p class="panel-note">${switchModeName(row.mode)} over ${scopeName(row.scope)} · set by ${row.set_by}${row.set_at !== null && `, ${dateTimeZoned(row.set_at)}`}</p>
            <p class="panel-note">Lifts: ${row.lifts_when}</p>
          </li>
        `,
      )}
    </ul>
    ${known.mode === "hard_stop" && html`<${Left} known=${known} />`}
  `;
}

/** @param {{ known: import("../state/desk.js").KillSwitch }} props */
const Left = ({ known: { flat, left } }) =>
  flat
    ? html`<p class="notice" data-tone="good">Flat: no broker shows a position or a working order.</p>`
    : html`<p class="notice" data-tone="warn">Not flat yet. Left: ${left.length === 0 ? "orders at work" : left.map(({ symbol, quantity }) => `${count(quantity)} ${symbol}`).join(", ")}.</p>`;

/** @param {{ how: How, onClose: () => void }} props */
function Question({ how, onClose }) {
  const { title, what, button, kind, done } = WAYS[how];
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  const isMeant = how !== "hard-stop" || typed.trim() === CONFIRM;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (reason.trim() === "" || !isMeant) {
      setError(reason.trim() === "" ? "Say why: it is kept with the switch." : `Type ${CONFIRM} to close everything.`);
      return;
    }
    setBusy(true);
    try {
      await setKillSwitch(how, { reason: reason.trim(), ...(how === "hard-stop" ? { confirm: CONFIRM } : {}) });
      toast(done, "good");
      onClose();
    } catch (problem) {
      setError(sentence(problem));
      setBusy(false);
    }
  };
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <p>${what}</p>
      <form class="form" onSubmit=${submit}>
        <${Field} label="Reason" value=${reason} onInput=${setReason} maxlength=${REASON_MAX} autofocus />
        ${how === "hard-stop" && html`<${Field} label=${`Type ${CONFIRM}`} value=${typed} onInput=${setTyped} autocapitalize="characters" />`}
        ${error !== null && html`<p class="notice" data-tone="bad" role="alert">${error}</p>`}
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${onClose}>Back</button>
          <button type="submit" class="button" data-kind=${kind} disabled=${isBusy}>${isBusy ? "Sending…" : button}</button>
        </div>
      </form>
    <//>
  `;
}
