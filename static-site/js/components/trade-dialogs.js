/** The dialogs about one trade. */
import { html } from "../lib/html.js";
import { question } from "../state/dialogs.js";
import { CloseDialog } from "./close-dialog.js";

export function TradeDialogs() {
  const asked = question.value;
  if (asked?.kind !== "close") return null;
  return html`<${CloseDialog} key=${asked.trade.id} trade=${asked.trade} />`;
}
