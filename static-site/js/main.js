/** The page's beginning: follow the session, mark the mode on the document, draw. */
import { App } from "./components/app.js";
import { effect, html, render } from "./lib/html.js";
import { startFrame } from "./state/frame.js";
import { startLife } from "./state/life.js";
import { isLive } from "./state/settings.js";

const root = document.getElementById("app");
if (root === null) throw new Error("The page has no place to draw in.");

effect(() => {
  document.documentElement.dataset.mode = isLive.value ? "live" : "paper";
});
root.replaceChildren();
render(html`<${App} />`, root);
startFrame();
startLife();
