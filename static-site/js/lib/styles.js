/** Stylesheets of parts that are fetched when they are opened. */

/** @type {Map<string, Promise<void>>} */
const fetched = new Map();

/** @param {string} href @returns {Promise<void>} once it holds; rejected, and asked for again the next time, when it could not be fetched */
export function loadStyles(href) {
  const known = fetched.get(href);
  if (known !== undefined) return known;
  const loading = new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = () => resolve();
    link.onerror = () => {
      fetched.delete(href);
      link.remove();
      reject(new Error(`${href} could not be loaded`));
    };
    document.head.append(link);
  });
  fetched.set(href, loading);
  return loading;
}
