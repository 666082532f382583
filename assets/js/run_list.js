/* Runs of one kind, newest first, beside the one that is open; and the way to a new one. */

import { button, el } from "./dom.js";

export const STATES = { running: "Running", stopped: "Stopped", failed: "Failed", done: "Done" };

/** `words(run)`: how far it is; `onChoose(name)`, null for a new one; `more`: nodes between the button and the list. Returns {node, update(runs, open)}. */
export function createRunList({ title, add, words, onChoose, more = [] }) {
  const fresh = button({ iconName: "plus", title: add, text: add, kind: "secondary" });
  fresh.addEventListener("click", () => onChoose(null));
  const list = el("ul", { class: "giqa-build-list", "aria-label": `${title}, newest first` });
  const row = (one, open) => {
    const state = el("span", { class: "giqa-state", "data-state": one.state }, STATES[one.state] ?? one.state);
    const item = el("button", { type: "button", class: "giqa-build-row", "aria-current": one.name === open ? "true" : null }, el("span", { dir: "auto" }, one.title), el("small", {}, state, ` ${words(one)}`));
    item.addEventListener("click", () => onChoose(one.name));
    return el("li", { "data-build": one.name }, item);
  };
  return {
    node: el("nav", { class: "giqa-build-side", "aria-label": title }, fresh, ...more, list),
    update(runs, open) {
      const focused = document.activeElement?.closest(".giqa-build-list li")?.dataset.build;
      list.replaceChildren(...runs.map((one) => row(one, open)));
      if (focused) list.querySelector(`[data-build="${CSS.escape(focused)}"] button`)?.focus();
    },
  };
}
