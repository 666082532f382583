/* The list of tasks: project, state, search; pages come while one scrolls. */

import { el } from "../dom.js";
import { count } from "../words.js";
import { api } from "./api.js";

const STATES = [[null, "All"], ["open", "Open"], ["draft", "Drafts"], ["submitted", "Submitted"], ["skipped", "Skipped"]];

/** `onOpen(id)`; `onError(message)`. Returns {node, filter, reload, choose, mark, projects}. */
export function createTaskList({ onOpen, onError }) {
  const filter = { project: null, state: null, search: "" };
  let [known, next, loading, asked] = [[], 0, false, 0];
  let current = null;
  const project = el("select", { "aria-label": "Project" });
  const search = el("input", { type: "search", placeholder: "Search", "aria-label": "Search tasks", maxlength: "200" });
  const states = el("div", { class: "giqa-states", role: "group", "aria-label": "State" });
  const rows = el("ul", { class: "giqa-task-rows", "aria-label": "Tasks" });
  const end = el("li", { class: "giqa-task-end" });
  const node = el("nav", { class: "giqa-task-list", "aria-label": "Task list" }, project, search, states, rows);

  const chips = STATES.map(([state, label]) => {
    const chip = el("button", { type: "button", class: "giqa-chip", "data-state": state ?? "all", "aria-pressed": "false" });
    chip.addEventListener("click", () => {
      filter.state = state;
      reload();
    });
    return { state, label, chip };
  });
  states.append(...chips.map(({ chip }) => chip));

  const showCounts = (counts) => {
    for (const { state, label, chip } of chips) {
      chip.replaceChildren(label, " ", el("b", {}, String(counts[state ?? "all"])));
      chip.setAttribute("aria-pressed", filter.state === state);
    }
  };

  const row = (task) => {
    const picture = el("img", { src: task.image.thumbnail, alt: "", loading: "lazy", width: "64", height: "48" });
    const words = el("span", { class: "giqa-task-words" }, el("span", { dir: "auto" }, task.title), el("small", {}, `${count(task.boxes, "box", "boxes")}${task.changed ? " · changed" : ""}`));
    const open = el("button", { type: "button", class: "giqa-task", "data-task": task.id, "data-state": task.state, "aria-current": String(task.id === current) }, picture, words, el("span", { class: "giqa-dot", title: task.state }));
    open.addEventListener("click", () => onOpen(task.id));
    return el("li", {}, open);
  };

  async function load() {
    if (loading || next === null) return;
    loading = true;
    const mine = asked;
    try {
      const page = await api.tasks(filter, next);
      if (mine !== asked) return;
      next = page.next;
      known.push(...page.tasks);
      showCounts(page.counts);
      end.before(...page.tasks.map(row));
      end.textContent = known.length ? "" : "No tasks here.";
    } catch (error) {
      next = null;
      onError(error.message);
    } finally {
      if (mine === asked) loading = false;
    }
  }

  async function reload() {
    asked += 1;
    [known, next, loading] = [[], 0, false];
    rows.replaceChildren(end);
    await load();
  }

  let typing = null;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      filter.search = search.value;
      reload();
    }, 200);
  });
  project.addEventListener("change", () => {
    filter.project = project.value ? Number(project.value) : null;
    reload();
  });
  new IntersectionObserver(([seen]) => seen.isIntersecting && load(), { root: rows, rootMargin: "400px" }).observe(end);

  return {
    node, filter, reload,
    first: () => known.find((task) => task.state === "open")?.id ?? known[0]?.id ?? null,
    /** Marks the open task. */
    choose(id) {
      current = id;
      for (const one of rows.querySelectorAll(".giqa-task")) one.setAttribute("aria-current", String(Number(one.dataset.task) === id));
      rows.querySelector(`[data-task="${Number(id)}"]`)?.scrollIntoView({ block: "nearest" });
    },
    /** A task has another state now. */
    mark(id, state) {
      const one = rows.querySelector(`[data-task="${Number(id)}"]`);
      if (one) one.dataset.state = state;
      api.tasks(filter, 0, 1).then((page) => showCounts(page.counts)).catch(() => {});
    },
    async projects() {
      const found = await api.projects();
      if (!found.projects.some((one) => one.id === filter.project)) filter.project = null;
      project.replaceChildren(el("option", { value: "" }, "All projects"), ...found.projects.map((one) => el("option", { value: one.id, selected: one.id === filter.project }, one.name)));
      return found;
    },
    select(name, found) {
      const one = found.projects.find((other) => other.name === name);
      filter.project = one?.id ?? null;
      filter.state = null;
      project.value = one ? String(one.id) : "";
    },
  };
}
