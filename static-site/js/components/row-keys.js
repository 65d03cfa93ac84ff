/** Keys within a table of trades: arrows go from row to row, A adjusts, C closes; Enter unfolds, as the row's button does. */

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });

/** @param {KeyboardEvent & { currentTarget: HTMLElement }} event */
export function moveBetweenRows(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const row = target.closest(".trade-row");
  if (row === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = STEPS[event.key];
  if (step !== undefined) {
    const rows = /** @type {HTMLElement[]} */ ([...event.currentTarget.querySelectorAll(".trade-row")]);
    const next = rows[rows.indexOf(/** @type {HTMLElement} */ (row)) + step];
    if (next === undefined) return;
    event.preventDefault();
    /** @type {HTMLElement | null} */ (next.querySelector(".unfold"))?.focus();
    next.scrollIntoView({ block: "nearest" });
  } else if (event.key === "a" || event.key === "c") {
    const button = /** @type {HTMLElement | null} */ (row.querySelector(`[data-does="${event.key === "a" ? "adjust" : "close"}"]`));
    if (button === null) return;
    event.preventDefault();
    button.focus();
    button.click();
  }
}
