/** Where alerts are sent besides this page. Secret targets are entered once and shown by their end. */
import { Field } from "../components/field.js";
import { Icon } from "../components/icon.js";
import { html, useId, useState } from "../lib/html.js";
import { FormFoot, useSettingsForm } from "./settings-form.js";

/** @typedef {import("../shapes.js").Settings} Settings */
/** @typedef {import("../shapes.js").AlertChannel} AlertChannel */
/** A channel as it stands in the form; `typed` replaces the stored target once it is not empty. */
/** @typedef {{ key: number, kind: string, stored: AlertChannel["target"] | null, typed: string, min_severity: string, isUnproven: boolean, code: string }} Draft */

const CHANNELS_MAX = 10;
const KINDS = /** @type {Record<string, { name: string, label: string, placeholder: string, isSecret: boolean }>} */ ({
  telegram: { name: "Telegram", label: "Bot token @ chat number", placeholder: "123456:ABC…@-100123456", isSecret: true },
  discord: { name: "Discord", label: "Web hook's address", placeholder: "https://discord.com/api/webhooks/…", isSecret: true },
  mail: { name: "Mail", label: "Address", placeholder: "you@example.com", isSecret: false },
});
const SEVERITIES = { info: "All alerts", warning: "Warnings and critical", critical: "Critical only" };

/** @param {{ known: Settings }} props */
export function SettingsAlerts({ known }) {
  const { isBusy, byField, refusal, save } = useSettingsForm();
  const [edited, setEdited] = useState(/** @type {Draft[] | null} */ (null));
  const drafts = edited ?? known.alert_channels.map((channel, index) => toDraft(channel, index, known.unconfirmed_addresses ?? []));
  const change = (/** @type {number} */ key, /** @type {Partial<Draft>} */ part) =>
    setEdited(drafts.map((draft) => (draft.key === key ? { ...draft, ...part } : draft)));
  const add = () => setEdited([...drafts, emptyDraft(drafts)]);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (await save({ alert_channels: drafts.map(toChannel) })) setEdited(null);
  };
  return html`
    <section class="panel" aria-labelledby="settings-alerts">
      <h2 id="settings-alerts">Notifications</h2>
      <p class="panel-note">Alerts always stand under Activity. They can also be sent to Telegram, Discord or by mail.</p>
      <form class="form" onSubmit=${submit}>
        ${drafts.map(
          (draft, index) => html`
            <${Channel} key=${draft.key} draft=${draft} error=${byField[`alert_channels.${index}.target`] ?? null}
              codeError=${byField[`alert_channels.${index}.code`] ?? null}
              onChange=${(/** @type {Partial<Draft>} */ part) => change(draft.key, part)}
              onRemove=${() => setEdited(drafts.filter((each) => each.key !== draft.key))} />
          `,
        )}
        ${drafts.length === 0 && html`<p class="panel-note">Nothing is sent anywhere yet.</p>`}
        <${FormFoot} isBusy=${isBusy} canSave=${edited !== null && drafts.every(isComplete)} refusal=${refusal ?? byField.alert_channels ?? null}>
          <button type="button" class="button" disabled=${drafts.length >= CHANNELS_MAX} onClick=${add}>
            <${Icon} name="plus" /><span>Add a channel</span>
          </button>
          ${edited !== null && html`<button type="button" class="button-link" onClick=${() => setEdited(null)}>Undo changes</button>`}
        <//>
      </form>
    </section>
  `;
}

/** @param {{ draft: Draft, error: string | null, codeError: string | null, onChange: (part: Partial<Draft>) => void, onRemove: () => void }} props */
function Channel({ draft, error, codeError, onChange, onRemove }) {
  const { name, label, placeholder, isSecret } = KINDS[draft.kind] ?? KINDS.mail;
  const kindId = useId();
  const severityId = useId();
  return html`
    <fieldset class="channel">
      <legend class="visually-hidden">${name} channel</legend>
      <div class="field">
        <label for=${kindId}>Channel</label>
        <div class="field-box">
          <select id=${kindId} value=${draft.kind} onChange=${(/** @type {any} */ event) => onChange({ kind: event.currentTarget.value, stored: null })}>
            ${Object.entries(KINDS).map(([kind, { name: text }]) => html`<option key=${kind} value=${kind}>${text}</option>`)}
          </select>
        </div>
      </div>
      <div class="field">
        <label for=${severityId}>Sends</label>
        <div class="field-box">
          <select id=${severityId} value=${draft.min_severity} onChange=${(/** @type {any} */ event) => onChange({ min_severity: event.currentTarget.value })}>
            ${Object.entries(SEVERITIES).map(([severity, text]) => html`<option key=${severity} value=${severity}>${text}</option>`)}
          </select>
        </div>
      </div>
      <${Field} label=${label} value=${draft.typed} type=${isSecret ? "password" : "email"} spellcheck=${false} autocomplete=${isSecret ? "new-password" : "email"}
        placeholder=${storedText(draft.stored) ?? placeholder} onInput=${(/** @type {string} */ typed) => onChange({ typed })} error=${error} />
      ${
        draft.isUnproven &&
        html`<${Field} label="Code from the mail" value=${draft.code} autocomplete="one-time-code" spellcheck=${false} placeholder="ABCD EFGH"
          onInput=${(/** @type {string} */ code) => onChange({ code })} error=${codeError} />
          <p class="panel-note channel-note">A code was mailed to this address: no alert goes there before it is typed in here and saved.</p>`
      }
      <button type="button" class="button" data-size="small" aria-label=${`Remove the ${name} channel`} onClick=${onRemove}>Remove</button>
    </fieldset>
  `;
}

/** @param {Draft["stored"]} stored */
const storedText = (stored) => (stored === null || typeof stored === "string" ? null : `Stored, ends in ${stored.last4 ?? "…"}`);

/** @param {AlertChannel} channel @param {number} index @param {string[]} unconfirmed @returns {Draft} */
const toDraft = ({ kind, target, min_severity }, index, unconfirmed) => ({
  key: index,
  kind,
  min_severity,
  isUnproven: kind === "mail" && typeof target === "string" && unconfirmed.includes(target),
  code: "",
  stored: typeof target === "string" ? null : target,
  typed: typeof target === "string" ? target : "",
});

/** @param {Draft[]} drafts @returns {Draft} */
const emptyDraft = (drafts) => ({
  key: Math.max(-1, ...drafts.map(({ key }) => key)) + 1,
  kind: "telegram",
  stored: null,
  typed: "",
  min_severity: "warning",
  isUnproven: false,
  code: "",
});

/** A stored secret goes back as it was shown, which keeps it. @param {Draft} draft */
const toChannel = ({ kind, stored, typed, min_severity, code }) => ({
  kind,
  target: typed.trim() || stored,
  min_severity,
  ...(code.trim() === "" ? {} : { code: code.trim() }),
});

/** @param {Draft} draft */
const isComplete = ({ stored, typed }) => typed.trim() !== "" || stored !== null;
