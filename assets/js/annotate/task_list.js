/* The list of tasks: project, kind, state, search; pages come while one scrolls. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { api } from "./api.js";

const STATES = [null, "open", "draft", "submitted", "skipped"];
const KINDS = ["description", "questions", "objects", "comparison", "score"];

/** `onOpen(id)`; `onError(message)`; `onProject(id)`: another project was chosen. Returns {node, filter, reload, choose, mark, projects}. */
export function createTaskList({ onOpen, onError, onProject }) {
  const filter = { project: null, state: null, kind: null, search: "" };
  let [known, next, loading, asked] = [[], 0, false, 0];
  let current = null;
  const project = el("select", { "aria-label": t("list.project") });
  const kind = el("select", { "aria-label": t("list.kind") }, el("option", { value: "" }, t("list.allKinds")), ...KINDS.map((one) => el("option", { value: one }, t(`kind.${one}`))));
  const search = el("input", { type: "search", placeholder: t("list.search"), "aria-label": t("list.searchHint"), maxlength: "200" });
  const states = el("div", { class: "giqa-states", role: "group", "aria-label": t("list.states") });
  const rows = el("ul", { class: "giqa-task-rows", "aria-label": t("list.tasks") });
  const end = el("li", { class: "giqa-task-end" });
  const node = el("nav", { class: "giqa-task-list", "aria-label": t("list.title") }, project, el("div", { class: "giqa-row-form" }, search, kind), states, rows);

  const chips = STATES.map((state) => {
    const chip = el("button", { type: "button", class: "giqa-chip", "data-state": state ?? "all", "aria-pressed": "false" });
    chip.addEventListener("click", () => {
      filter.state = state;
      reload();
    });
    return { state, label: t(`state.${state ?? "all"}`), chip };
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
    const words = el("span", { class: "giqa-task-words" }, el("span", { dir: "auto" }, task.title), el("small", {}, [t("count.boxes", { n: task.boxes }), ...(task.changed ? [t("list.changed")] : [])].join(" · ")));
    const open = el("button", { type: "button", class: "giqa-task", "data-task": task.id, "data-state": task.state, "aria-current": String(task.id === current) }, picture, words, el("span", { class: "giqa-dot", title: t(`state.${task.state}`) }));
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
      end.textContent = known.length ? "" : t("list.none");
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
    onProject(filter.project);
    reload();
  });
  kind.addEventListener("change", () => {
    filter.kind = kind.value || null;
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
      project.replaceChildren(el("option", { value: "" }, t("list.allProjects")), ...found.projects.map((one) => el("option", { value: one.id, selected: one.id === filter.project }, one.name)));
      return found;
    },
    /** Shows a project, by its name or its number. */
    select(wanted, found) {
      const one = found.projects.find((other) => other.name === wanted || other.id === wanted);
      filter.project = one?.id ?? null;
      filter.state = null;
      project.value = one ? String(one.id) : "";
    },
  };
}
