/** The tokens' colours as a canvas needs them: resolved for the theme that is in force now. */

/**
 * @param {Element} place where the colours will be used
 * @returns {(token: string) => string} from a token's name (`--gain`) to `rgb(…)`
 */
export function coloursAt(place) {
  const probe = document.createElement("span");
  probe.hidden = true;
  place.append(probe);
  /** @type {Map<string, string>} */
  const known = new Map();
  return (token) => {
    const cached = known.get(token);
    if (cached !== undefined) return cached;
    if (!probe.isConnected) place.append(probe);
    probe.style.color = `var(${token})`;
    const colour = getComputedStyle(probe).color;
    probe.remove();
    known.set(token, colour);
    return colour;
  };
}

/** Call when device or owner change between light and dark; answers how to stop. @param {() => void} tell */
export function watchTheme(tell) {
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", tell);
  const chosen = new MutationObserver(tell);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    query.removeEventListener("change", tell);
    chosen.disconnect();
  };
}
