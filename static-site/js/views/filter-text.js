/** A text filter, applied when the user pauses. */
import { Field } from "../components/field.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";

const APPLY_AFTER_MS = 400;
export const TICKER_FORM = "Letters, digits, . / and - only.";

/** @param {{ label: string, applied: string, onApply: (value: string) => void, maxlength: string, error?: string | null }} props */
export function TextFilter({ label, applied, onApply, maxlength, error = null }) {
  const [typed, setTyped] = useState(applied);
  const timer = useRef(0);
  useEffect(() => setTyped(applied), [applied]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = (/** @type {string} */ value) => {
    setTyped(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onApply(value), APPLY_AFTER_MS);
  };
  return html`<${Field} label=${label} value=${typed} onInput=${onInput} maxlength=${maxlength} placeholder="Any" error=${error} />`;
}
