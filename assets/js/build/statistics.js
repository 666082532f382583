/* The counts of a build: the picture of a finished one, and the lines of any. */

import { el } from "../dom.js";
import { api } from "./api.js";

export function createStatistics() {
  const picture = el("img", { class: "giqa-statistics-picture", alt: "Charts of the build's statistics; the same numbers follow as text", hidden: true });
  const lines = el("pre", { class: "giqa-statistics-lines", tabindex: "0", "aria-label": "Statistics" });
  const node = el("details", { class: "giqa-build-statistics" }, el("summary", {}, "Statistics"), picture, lines);
  let name = null;
  const load = async () => {
    if (!node.open || !name) return;
    const mine = name;
    lines.textContent ||= "Counting…";
    try {
      const found = await api.statistics(mine);
      if (mine !== name) return;
      lines.textContent = found.finished ? found.lines : `So far:\n\n${found.lines}`;
      picture.hidden = !found.finished;
      if (found.finished) picture.src = api.picture(mine);
    } catch (error) {
      lines.textContent = error.message;
    }
  };
  node.addEventListener("toggle", load);
  return {
    node,
    open(build) {
      name = build;
      node.open = false;
      lines.textContent = "";
      picture.hidden = true;
    },
    /** There is more to count. */
    stale: load,
  };
}
