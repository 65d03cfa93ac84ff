/** A part of the page whose modules are fetched when it is first shown, so that the first view stays light. */
import { html, useEffect, useState } from "../lib/html.js";
import { loadStyles } from "../lib/styles.js";
import { Failed, Loading } from "./empty.js";

const AHEAD_AFTER_MS = 1_200;

/** @type {(() => Promise<void>)[]} */
const soon = [];

/** Fetch what is wanted next while nothing else is done: it then opens within the same key press, and also offline. */
export function fetchAhead() {
  setTimeout(() => void Promise.allSettled(soon.map((fetchIt) => fetchIt())), AHEAD_AFTER_MS); // what fails is fetched, and told of, when it is wanted
}

/**
 * @param {string} what named while it is fetched
 * @param {() => Promise<any>} load answers the component
 * @param {{ isSoon?: boolean, styles?: string[] }} [how] `isSoon`: fetched ahead; `styles` of its own come with it
 */
export function lazy(what, load, { isSoon = false, styles = [] } = {}) {
  /** @type {any} */
  let Loaded = null;
  const take = async () => {
    const [component] = await Promise.all([load(), ...styles.map(loadStyles)]);
    Loaded = component;
  };
  if (isSoon) soon.push(take);
  return function Lazy(/** @type {any} */ props) {
    const [isMissing, setMissing] = useState(false);
    const [, redraw] = useState(0);
    const fetchIt = async () => {
      setMissing(false);
      try {
        await take();
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
