/** A part of the page whose modules are fetched when it is first shown, so that the first view stays light. */
import { html, useEffect, useState } from "../lib/html.js";
import { Failed, Loading } from "./empty.js";

/**
 * @param {string} what named while it is fetched
 * @param {() => Promise<any>} load answers the component
 */
export function lazy(what, load) {
  /** @type {any} */
  let Loaded = null;
  return function Lazy(/** @type {any} */ props) {
    const [isMissing, setMissing] = useState(false);
    const [, redraw] = useState(0);
    const fetchIt = async () => {
      setMissing(false);
      try {
        Loaded = await load();
        redraw((count) => count + 1);
      } catch {
        setMissing(true);
      }
    };
    useEffect(() => {
      if (Loaded === null) void fetchIt();
    }, []);
    if (Loaded !== null) return html`<${Loaded} ...${props} />`;
    if (isMissing) return html`<${Failed} what=${what[0].toUpperCase() + what.slice(1)} error="This part of the page could not be loaded." onRetry=${fetchIt} />`;
    return html`<${Loading} what=${what} />`;
  };
}
