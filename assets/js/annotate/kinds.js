/* What each kind of task asks for: its panels, what a number key means, and what is missing before it can be submitted. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { createBoxesPanel } from "./boxes_panel.js";
import { createAbsentPanel, createDescriptionPanel } from "./description_panel.js";
import { createComparisonPanel, createScorePanel, LEVELS, PREFERENCES, ratingOf } from "./judgement_panels.js";
import { createQuestionsPanel, createTagsPanel, vocabularyList } from "./rows_panels.js";

const WORDS = "giqa-vocabulary";

/** In the order they stand in. What a task of an unknown kind asks is shown as a description. */
const PANELS = {
  description: ["description", "boxes", "tags", "questions", "absent"],
  questions: ["questions", "description", "boxes", "tags", "absent"],
  objects: ["objects", "tags"],
  comparison: ["comparison", "reason", "boxes"],
  score: ["score", "reason", "boxes"],
};
const kindOf = (task) => (task.kind in PANELS ? task.kind : "description");

/** Panels by their names: {node, update, ...} each. `hands`: {explain, isLocked, reveal} for the boxes, and `decide` (see decisions.js) where the proposal is decided. */
export function createPanels(model, link, hands) {
  const { decide = null } = hands;
  const boxes = { ...hands, words: WORDS };
  const make = {
    description: () => createDescriptionPanel(model, link, { decide }),
    reason: () => createDescriptionPanel(model, link, { label: t("text.reason"), placeholder: t("text.why"), decide }),
    boxes: () => createBoxesPanel(model, link, boxes),
    objects: () => withReveal(model, createBoxesPanel(model, link, { ...boxes, named: true }), hands.reveal),
    tags: () => createTagsPanel(model, WORDS, decide),
    questions: () => createQuestionsPanel(model, link, decide),
    absent: () => createAbsentPanel(model),
    comparison: () => createComparisonPanel(model),
    score: () => createScorePanel(model),
  };
  return Object.fromEntries(PANELS[kindOf(model.task)].map((name) => [name, make[name]()]));
}

/** Panels as sections of the page. */
export function sectionsOf(task, panels) {
  const title = (name) => t(name === "reason" ? "text.reason" : `panel.${name}`);
  const sections = Object.entries(panels).map(([name, panel]) => el("section", { class: "giqa-panel", "data-panel": name === "objects" ? "boxes" : name === "reason" ? "description" : name }, el("h3", {}, title(name)), panel.node));
  return [vocabularyList(WORDS, task.vocabulary ?? []), ...sections];
}

/** A benchmark's own step: after the own boxes the proposal. */
function withReveal(model, panel, reveal) {
  const { task } = model;
  const go = el("button", { type: "button", class: "giqa-button giqa-secondary", title: t("objects.revealHint"), "data-action": "reveal" }, t("objects.reveal"));
  const note = el("p", { class: "giqa-quiet-note" });
  go.addEventListener("click", reveal);
  const hidden = task.reveal !== "shown" && !task.revealed;
  const update = (what) => {
    panel.update(what);
    go.hidden = !hidden || task.reveal === "never";
    go.disabled = !model.regions().length;
    note.textContent = task.reveal === "shown" || task.reveal === undefined ? "" : task.revealed ? t("objects.revealed") : task.reveal === "never" ? t("objects.hidden") : model.regions().length ? t("objects.revealHint") : t("objects.nothingYet");
    note.hidden = !note.textContent;
  };
  update("all");
  return { ...panel, node: el("div", {}, panel.node, note, go), update };
}

/** What a number key does, 1 to 9. `selected`: ids of the boxes that are selected. */
export function pressDigit(model, number, selected) {
  const kind = kindOf(model.task);
  if (kind === "score" && LEVELS.includes(number)) model.judge({ rating: ratingOf(number) });
  else if (kind === "comparison" && PREFERENCES[number - 1]) model.judge({ preference: PREFERENCES[number - 1] });
  else {
    const words = (model.task.vocabulary ?? [])[number - 1];
    if (words) selected.forEach((id) => model.name(id, words));
  }
}

/** Why the task cannot be submitted yet; "" where it can. */
export function missing(model) {
  if (model.broken().length) return t("desk.broken");
  if (model.task.kind === "comparison" && model.judgement().preference === null) return t("compare.choose");
  if (model.task.kind === "score" && model.judgement().rating === null) return t("score.choose");
  return "";
}
