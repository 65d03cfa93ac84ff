/** Notes and tags of one trade: the only thing about an ended trade that may still change. */
import { html, useEffect, useState } from "../lib/html.js";
import { fieldErrors, sentence } from "../lib/problems.js";
import { noteTrade } from "../state/notes.js";
import { Field } from "./field.js";

/** @typedef {import("../shapes.js").Trade} Trade */

/** @param {unknown} context @param {string} name */
const partOf = (context, name) => (context !== null && typeof context === "object" ? /** @type {any} */ (context)[name] : undefined);
/** @param {unknown} context */
const notesOf = (context) => (typeof partOf(context, "notes") === "string" ? partOf(context, "notes") : "");
/** @param {unknown} context */
const tagsOf = (context) => (Array.isArray(partOf(context, "tags")) ? partOf(context, "tags").join(", ") : "");
/** @param {string} typed */
const toTags = (typed) => typed.split(",").map((tag) => tag.trim()).filter((tag) => tag !== "");

/** @param {{ trade: Trade }} props */
export function DetailNotes({ trade }) {
  const kept = { notes: notesOf(trade.trade_context), tags: tagsOf(trade.trade_context) };
  const [notes, setNotes] = useState(kept.notes);
  const [tags, setTags] = useState(kept.tags);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    setNotes(kept.notes);
    setTags(kept.tags);
  }, [kept.notes, kept.tags]);
  const isChanged = notes !== kept.notes || tags !== kept.tags;

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      await noteTrade(trade, { notes, tags: toTags(tags) });
    } catch (error) {
      setFault(fieldErrors(error).trade_context ?? sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return html`
    <section class="mini">
      <h3>Notes</h3>
      <form class="notes" onSubmit=${submit}>
        <label class="field">
          <span class="visually-hidden">Notes</span>
          <textarea class="notes-text" rows="3" value=${notes} placeholder="Why this trade, what was learnt"
            onInput=${(/** @type {any} */ event) => setNotes(event.currentTarget.value)}></textarea>
        </label>
        <${Field} label="Tags" value=${tags} onInput=${setTags} hint="Separated by commas" error=${fault} />
        <button type="submit" class="button" data-size="small" disabled=${!isChanged || isBusy}>${isBusy ? "Saving…" : "Save notes"}</button>
      </form>
    </section>
  `;
}
