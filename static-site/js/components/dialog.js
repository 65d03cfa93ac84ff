/** A modal dialog on the browser's own `dialog`: it traps the focus, closes by Escape and gives the focus back. */
import { html, useId, useLayoutEffect, useRef } from "../lib/html.js";

/**
 * @param {object} props
 * @param {string} props.title
 * @param {() => void} [props.onClose] by Escape or Cancel; absent: the dialog stays until answered
 * @param {string} [props.kind]
 * @param {any} [props.children]
 */
export function Dialog({ title, onClose, kind = "", children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  // Before the next key: it must find the dialog open, and the focus where it will be given back.
  useLayoutEffect(() => {
    const dialog = element.current;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog?.showModal();
    return () => {
      dialog?.close();
      before?.focus(); // the browser does it by itself only for a dialog that is still on the page
    };
  }, []);
  const onCancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose?.();
  };
  return html`
    <dialog ref=${element} class="dialog" data-kind=${kind} aria-labelledby=${id} onCancel=${onCancel}>
      <h2 id=${id}>${title}</h2>
      ${children}
    </dialog>
  `;
}
