/** The dialogs about one trade. */
import { html } from "../lib/html.js";
import { question } from "../state/dialogs.js";
import { AdjustDialog } from "./adjust-dialog.js";
import { CloseDialog } from "./close-dialog.js";

export function TradeDialogs() {
  const asked = question.value;
  if (asked === null) return null;
  return asked.kind === "close"
    ? html`<${CloseDialog} key=${asked.trade.id} trade=${asked.trade} />`
    : html`<${AdjustDialog} key=${asked.trade.id} trade=${asked.trade} />`;
}
