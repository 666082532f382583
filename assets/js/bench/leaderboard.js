/* All runs that are done beside the rows that the paper reports, sorted by any column. */

import { el } from "../dom.js";
import { api } from "./api.js";
import { valueText } from "./telling.js";

/** `onOpen(run)`, `onError(message)`. Returns {node, load()}. */
export function createLeaderboard({ onOpen, onError }) {
  const head = el("thead");
  const body = el("tbody");
  const note = el("p", { class: "giqa-quiet-note" }, "Reported rows are the paper's own figures on its unreleased benchmark (Grounding-IQA, arXiv 2411.17237, Tables 2 and 3): they are not reproduced here, and rows on different benchmarks do not compare.");
  const node = el("section", { class: "giqa-build-state", "aria-label": "Leaderboard" }, el("h3", {}, "Leaderboard"), el("div", { class: "giqa-scroll", tabindex: "0" }, el("table", { class: "giqa-figures giqa-leaderboard" }, head, body)), note);
  let found = { columns: {}, rows: [] };
  let sorted = null; // {name, down}; null keeps the studio's order
  const value = (row, name) => row.values[name] ?? Number.NEGATIVE_INFINITY;
  const show = () => {
    const column = ([name, title]) => {
      const order = sorted?.name === name ? (sorted.down ? "descending" : "ascending") : null;
      const sort = el("button", { type: "button" }, title);
      sort.addEventListener("click", () => {
        sorted = { name, down: !(sorted?.name === name && sorted.down) };
        show();
        head.querySelector(`[data-name="${name}"] button`)?.focus();
      });
      return el("th", { scope: "col", "aria-sort": order, "data-name": name }, sort);
    };
    head.replaceChildren(el("tr", {}, el("th", { scope: "col" }, "Model"), ...Object.entries(found.columns).map(column), el("th", { scope: "col" }, "")));
    const rows = sorted ? [...found.rows].sort((a, b) => (sorted.down ? 1 : -1) * (value(b, sorted.name) - value(a, sorted.name))) : found.rows;
    body.replaceChildren(...rows.map(rowNode));
  };
  const rowNode = (row) => {
    let name = el("span", { dir: "auto" }, row.model);
    if (row.run) {
      name = el("button", { type: "button", class: "giqa-link" }, row.model);
      name.addEventListener("click", () => onOpen(row.run));
    }
    return el("tr", { "data-origin": row.origin }, el("th", { scope: "row" }, name), ...Object.keys(found.columns).map((column) => el("td", {}, valueText(column, row.values[column]))),
      el("td", {}, el("small", {}, [row.origin, row.note].filter(Boolean).join(", "))));
  };
  return {
    node,
    async load() {
      try {
        found = await api.leaderboard();
        show();
      } catch (error) {
        onError(error.message);
      }
    },
  };
}
