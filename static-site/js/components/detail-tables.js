/** The audit trail of one trade: its orders, its changes, its states. */
import { dateTime, percent, price, time } from "../lib/format.js";
import { html } from "../lib/html.js";
import { actorName, changeStateName, orderStatusName, reasonName, roleName, statusName, triggerName } from "../lib/words.js";

/** @param {{ title: string, heads: string[], rows: any[], none: string }} props */
function MiniTable({ title, heads, rows, none }) {
  return html`
    <section class="mini">
      <h3>${title}</h3>
      ${
        rows.length === 0
          ? html`<p class="detail-note">${none}</p>`
          : html`<div class="mini-scroll" tabindex="0" role="region" aria-label=${title}>
              <table>
                <thead><tr>${heads.map((head) => html`<th scope="col" key=${head}>${head}</th>`)}</tr></thead>
                <tbody>${rows}</tbody>
              </table>
            </div>`
      }
    </section>
  `;
}

/** @param {{ orders: import("../shapes.js").Order[] }} props */
export const OrdersTable = ({ orders }) => html`
  <${MiniTable}
    title="Orders"
    heads=${["Order", "State", "Type", "Price", "Filled", "At"]}
    none="No order yet."
    rows=${orders.map(
      (order) => html`
        <tr key=${order.id}>
          <td title=${order.broker_order_id ? `Broker's number ${order.broker_order_id}` : "Not at the broker"}>${roleName(order.role)}</td>
          <td>${orderStatusName(order.status)}</td>
          <td>${order.type} ${order.duration ?? ""}</td>
          <td class="figure">${price(order.stop_price ?? order.limit_price)}</td>
          <td class="figure">${order.filled_quantity ?? 0}/${order.quantity}${order.avg_fill_price !== null && ` @ ${price(order.avg_fill_price)}`}</td>
          <td class="figure">${dateTime(order.submitted_at)}</td>
        </tr>
      `,
    )}
  />
`;

/** One target over everything stands in the row. @param {{ targets: import("../shapes.js").Target[] }} props */
export const TargetsTable = ({ targets }) =>
  targets.length < 2
    ? null
    : html`
        <${MiniTable}
          title="Targets"
          heads=${["Price", "Quantity", "Share", "State"]}
          none=""
          rows=${targets.map(
            (target, index) => html`
              <tr key=${index}>
                <td class="figure">${price(target.price)}</td>
                <td class="figure">${target.quantity}</td>
                <td class="figure">${percent(target.share * 100)}</td>
                <td>${target.state === "WAITING" ? "Waiting" : orderStatusName(target.state)}</td>
              </tr>
            `,
          )}
        />
      `;

/** @param {{ changes: import("../shapes.js").Change[] }} props */
export const ChangesTable = ({ changes }) => html`
  <${MiniTable}
    title="Stop and target changes"
    heads=${["At", "By", "Change", "State"]}
    none="Stop and target stand as placed."
    rows=${changes.map(
      (change) => html`
        <tr key=${change.id}>
          <td class="figure">${dateTime(change.at)}</td>
          <td>${triggerName(change.triggered_by)}</td>
          <td>${changeText(change)}</td>
          <td title=${change.error}>${changeStateName(change.state)}</td>
        </tr>
      `,
    )}
  />
`;

/** @param {{ transitions: import("../shapes.js").Transition[] }} props */
export const TransitionsTable = ({ transitions }) => html`
  <${MiniTable}
    title="States"
    heads=${["At", "State", "By", "Why"]}
    none="No state recorded."
    rows=${transitions.map(
      (step, index) => html`
        <tr key=${index}>
          <td class="figure">${dateTime(step.at)}:${time(step.at).slice(-2)}</td>
          <td>${statusName(step.to_status)}</td>
          <td>${actorName(step.actor)}</td>
          <td>${whyText(step.reason)}</td>
        </tr>
      `,
    )}
  />
`;

const PRICE_NAMES = /** @type {[string, string][]} */ ([
  ["sl_price", "stop"],
  ["tp_price", "target"],
]);

/** @param {string | null} reason */
const whyText = (reason) => (reason === null ? "" : /^[A-Z_]+$/.test(reason) ? reasonName(reason) : reason);

/** @param {import("../shapes.js").Change} change */
function changeText({ before, after, kind, reason }) {
  if (typeof after === "object" && after !== null) {
    const parts = PRICE_NAMES.filter(([field]) => field in after && after[field] !== before?.[field]).map(
      ([field, name]) => `${name} ${price(asNumber(before?.[field]))} → ${price(asNumber(after[field]))}`,
    );
    if (Array.isArray(after.targets)) parts.push(`targets ${levelsText(after.targets)}`);
    if (parts.length > 0) return parts.join(", ");
  }
  if (isPlain(before) && isPlain(after)) return `${kind ?? ""} ${price(asNumber(before))} → ${price(asNumber(after))}`;
  return reason ?? kind ?? "";
}

/** @param {{ price: unknown, share: unknown }[]} targets */
const levelsText = (targets) => targets.map((each) => `${price(asNumber(each.price))} (${percent(Number(each.share) * 100)})`).join(", ");

/** @param {unknown} value */
const isPlain = (value) => value === null || typeof value === "number" || typeof value === "string";
/** @param {unknown} value @returns {number | null} */
const asNumber = (value) => (value === null || value === undefined || Number.isNaN(Number(value)) ? null : Number(value));
