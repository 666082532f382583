/* What waits: submissions to review, tasks to decide on, one's own work that came back. Pages come while one scrolls. */

import { clock } from "../annotate/desk.js";
import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { api } from "./api.js";

export const percent = (share) => (share === null || share === undefined ? "–" : `${Math.round(100 * share)} %`);

const STATES = ["waiting", "accept", "fix", "reject", "all"];

/** What each list asks for, and what it tells of a row. */
const VIEWS = {
  submissions: {
    load: (filter, after) => api.queue({ project: filter.project, state: filter.state, user: filter.user, search: filter.search }, after || 0),
    words: (row, nameOf) => [nameOf(row.user), clock(row.submitted_at)].join(" · "),
    state: (row) => row.state, id: (row) => row.revision,
  },
  decisions: {
    load: (filter, after) => api.decisions({ project: filter.project, decided: filter.decided }, after || ""),
    words: (row) => [t("review.versions", { n: row.versions }), t("review.agree", { share: percent(row.agreement) }), row.target ? t(`target.${row.target}`) : ""].filter(Boolean).join(" · "),
    state: (row) => (row.target ? "accept" : "waiting"), id: (row) => row.task,
  },
  mine: {
    load: (_, after) => api.mine(after || 0),
    words: (row) => [t(`verdict.${row.state}`), row.reason].filter(Boolean).join(": "),
    state: (row) => row.state, id: (row) => row.revision,
  },
};

function choice(label, options, onChange) {
  const node = el("select", { "aria-label": label }, ...options.map(([value, words]) => el("option", { value }, words)));
  node.addEventListener("change", () => onChange(node.value));
  return node;
}

/** `views`: names of the lists that the person may see; `onOpen(view, row)`, `onError(message)`, `nameOf(id)`. */
export function createLists({ views, nameOf, onOpen, onError }) {
  const filter = { project: null, state: "waiting", user: "", search: "", decided: false };
  let [view, known, next, turn, current, loading] = [views[0], [], 0, 0, null, false];
  const project = choice(t("list.project"), [["", t("list.allProjects")]], (value) => again({ project: value ? Number(value) : null }));
  const state = choice(t("review.state"), STATES.map((one) => [one, t(`verdict.${one}`)]), (value) => again({ state: value }));
  const person = choice(t("review.person"), [["", t("review.everybody")]], (value) => again({ user: value }));
  const decided = choice(t("review.state"), [["", t("review.undecided")], ["yes", t("review.decided")]], (value) => again({ decided: value === "yes" }));
  const search = el("input", { type: "search", "aria-label": t("review.search"), placeholder: t("review.search"), maxlength: "200" });
  const rows = el("ul", { class: "giqa-task-rows", "aria-label": t("review.title") });
  const end = el("li", { class: "giqa-task-end" });
  const tabs = views.map((name) => {
    const node = el("button", { type: "button", class: "giqa-chip", "data-view": name, "aria-pressed": "false" }, t(`review.${name}`));
    node.addEventListener("click", () => use(name));
    return node;
  });
  const node = el("nav", { class: "giqa-task-list", "aria-label": t("review.title") }, el("div", { class: "giqa-states", role: "group" }, ...tabs), project, el("div", { class: "giqa-review-filter" }, state, person, decided), search, rows);

  const row = (one) => {
    const shown = VIEWS[view];
    const picture = el("img", { src: one.image.thumbnail, alt: "", loading: "lazy", width: "64", height: "48" });
    const words = el("span", { class: "giqa-task-words" }, el("span", { dir: "auto" }, one.title), el("small", { dir: "auto" }, shown.words(one, nameOf)));
    const open = el("button", { type: "button", class: "giqa-task", "data-row": shown.id(one), "data-state": shown.state(one), "aria-current": String(shown.id(one) === current) }, picture, words, el("span", { class: "giqa-dot", title: t(`verdict.${shown.state(one)}`) }));
    open.addEventListener("click", () => onOpen(view, one));
    return el("li", {}, open);
  };
  async function load() {
    if (loading || next === null) return;
    loading = true;
    const mine = turn;
    try {
      const page = await VIEWS[view].load(filter, next);
      if (mine !== turn) return;
      next = page.next;
      known.push(...page.rows);
      end.before(...page.rows.map(row));
      end.textContent = known.length ? "" : t(`review.none.${view}`);
    } catch (error) {
      if (mine === turn) next = null;
      onError(error.message);
    } finally {
      if (mine === turn) loading = false;
    }
  }
  async function reload() {
    turn += 1;
    [known, next, loading] = [[], 0, false];
    rows.replaceChildren(end);
    await load();
  }
  const again = (changed) => {
    Object.assign(filter, changed);
    return reload();
  };
  async function use(name) {
    view = name;
    current = null;
    tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.view === name)));
    [state, person, search].forEach((part) => { part.hidden = name !== "submissions"; });
    decided.hidden = name !== "decisions";
    project.hidden = name === "mine";
    await reload();
  }
  let typing = null;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => again({ search: search.value }), 200);
  });
  new IntersectionObserver(([seen]) => seen.isIntersecting && load(), { root: rows, rootMargin: "400px" }).observe(end);

  return {
    node, use, reload, filter,
    view: () => view,
    fill(projects, people) {
      project.replaceChildren(el("option", { value: "" }, t("list.allProjects")), ...projects.map((one) => el("option", { value: one.id, selected: one.id === filter.project }, one.name)));
      person.replaceChildren(el("option", { value: "" }, t("review.everybody")), ...people.map((one) => el("option", { value: one.id }, one.name ?? one.id)));
    },
    choose(id) {
      current = id;
      for (const one of rows.querySelectorAll(".giqa-task")) one.setAttribute("aria-current", String(Number(one.dataset.row) === id));
      rows.querySelector(`[data-row="${Number(id)}"]`)?.scrollIntoView({ block: "nearest" });
    },
    /** The row `step` behind the chosen one; the first where none is chosen. */
    neighbour(step) {
      const place = known.findIndex((one) => VIEWS[view].id(one) === current);
      return place < 0 ? (known[0] ?? null) : (known[place + step] ?? null);
    },
    /** What has been dealt with: it stays in its place, marked. */
    mark(id, verdict) {
      const found = rows.querySelector(`[data-row="${Number(id)}"]`);
      if (found) found.dataset.state = verdict;
    },
  };
}
