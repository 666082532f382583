/* The records of a build as they come, newest first: a list to look through, and the one that is open. */

import { button, el } from "../dom.js";
import { count } from "../words.js";
import { api } from "./api.js";
import { STAGES } from "./telling.js";

const WAIT_MS = 250;

/** `onOpen(row)`, `onError(message)`. Returns {node, open(build), refresh}. */
export function createRecords({ onOpen, onError }) {
  const search = el("input", { type: "search", placeholder: "Find in texts and names", "aria-label": "Find in texts and names", maxlength: "200" });
  const state = el("select", { "aria-label": "Which records" }, el("option", { value: "all" }, "All"), el("option", { value: "records" }, "Records"), el("option", { value: "dropped" }, "Dropped"));
  const list = el("ul", { class: "giqa-record-list", "aria-label": "Records, newest first" });
  const empty = el("p", { class: "giqa-quiet-note" });
  const more = button({ iconName: "plus", title: "Show more records", text: "Show more", kind: "secondary" });
  const fresh = button({ iconName: "restore", title: "Show the newest records", text: "Newest", kind: "small" });
  const node = el("div", { class: "giqa-browse" }, el("div", { class: "giqa-browse-tools" }, search, state, fresh), list, empty, more);
  let name = null;
  let turn = 0;
  let after = "";
  let timer = null;
  let shown = 0;
  const load = async (from) => {
    const mine = (turn += 1);
    try {
      const found = await api.records(name, { search: search.value, state: state.value, after: from });
      if (mine !== turn) return;
      if (!from) { list.replaceChildren(); shown = 0; }
      list.append(...found.rows.map((row) => rowNode(row, pick)));
      shown += found.rows.length;
      after = found.after;
      more.hidden = !after;
      empty.textContent = shown ? "" : search.value || state.value !== "all" ? "Nothing like that so far." : "Records come here when their shard is through all stages.";
    } catch (error) {
      onError(error.message);
    }
  };
  const pick = (row, item) => {
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    item.setAttribute("aria-current", "true");
    onOpen(row);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => load(""), WAIT_MS);
  };
  search.addEventListener("input", later);
  state.addEventListener("change", () => load(""));
  more.addEventListener("click", () => load(after));
  fresh.addEventListener("click", () => load(""));
  return {
    node,
    open(build) {
      name = build;
      search.value = "";
      state.value = "all";
      list.replaceChildren();
      return load("");
    },
    /** While it runs: the newest, unless somebody reads further down. */
    refresh: () => (shown <= 24 && name ? load("") : null),
  };
}

function rowNode(row, pick) {
  if (row.kind === "dropped") {
    return el("li", { class: "giqa-record-row giqa-record-gone" }, el("span", { class: "giqa-badge", "data-change": "removed" }, "dropped"),
      el("span", { class: "giqa-record-words" }, el("span", {}, `${STAGES[row.stage] ?? row.stage}: ${row.reason}`), el("small", {}, [row.name, row.detail].filter(Boolean).join(" · "))));
  }
  const facts = `${row.name} · ${count(row.boxes, "box", "boxes")}${row.lost ? ` (${row.lost} dropped)` : ""} · ${count(row.questions, "question", "questions")}`;
  const item = el("button", { type: "button", class: "giqa-record-row", "data-record": row.id }, el("img", { src: `${row.image.url}/thumbnail`, alt: "", loading: "lazy", width: "72", height: "54" }),
    el("span", { class: "giqa-record-words" }, el("span", { dir: "auto" }, row.text || "No description"), el("small", {}, facts)));
  item.addEventListener("click", () => pick(row, item));
  return el("li", {}, item);
}
