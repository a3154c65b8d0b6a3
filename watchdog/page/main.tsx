/** The entry point of the page. */
import { render } from "preact";
import { App } from "./app.tsx";
import { applyStoredTheme } from "./state/theme.ts";

applyStoredTheme();
const root = document.getElementById("page");
if (root) {
  root.replaceChildren();
  render(<App />, root);
}
