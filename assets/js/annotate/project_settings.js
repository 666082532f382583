/* A project's settings, for admins: how its tasks are handed out, what people are told, which words they are offered. Also makes new projects. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { api } from "./api.js";
import { shown } from "./dialogs.js";
import { rendered } from "./markdown.js";

const DEFAULTS = { kind: "refine", task_kind: "description", guideline: "", vocabulary: [], overlap: 1, order: "priority", gold_share: 0, anchoring_share: 0, lease_minutes: 10 };
const KINDS = ["refine", "benchmark"];
const TASK_KINDS = ["description", "questions", "objects", "comparison", "score"];
const ORDERS = ["priority", "least_agreed", "uncertain", "random"];

const choice = (label, options, value) => el("select", { "aria-label": label }, ...options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
const number = (label, value, bounds) => el("input", { type: "number", "aria-label": label, value, ...bounds });

/** Fields by their names, and what they say. */
function createFields(name, settings) {
  const shareBounds = { min: 0, max: 100, step: 1 };
  const fields = {
    name: el("input", { type: "text", "aria-label": t("settings.name"), value: name, maxlength: "200", required: true, dir: "auto" }),
    kind: choice(t("settings.kind"), KINDS.map((one) => [one, t(`settings.${one}`)]), settings.kind),
    taskKind: choice(t("settings.taskKind"), TASK_KINDS.map((one) => [one, t(`kind.${one}`)]), settings.task_kind),
    overlap: number(t("settings.overlap"), settings.overlap, { min: 1, max: 100, step: 1, required: true }),
    order: choice(t("settings.order"), ORDERS.map((one) => [one, t(`settings.${one}`)]), settings.order),
    gold: number(t("settings.gold"), Math.round(settings.gold_share * 100), shareBounds),
    anchoring: number(t("settings.anchoring"), Math.round(settings.anchoring_share * 100), shareBounds),
    lease: number(t("settings.lease"), settings.lease_minutes, { min: 1, max: 1440, step: "any", required: true }),
    guideline: el("textarea", { "aria-label": t("settings.guideline"), rows: "8", maxlength: "50000", dir: "auto" }),
    vocabulary: el("textarea", { "aria-label": t("settings.vocabulary"), rows: "5", dir: "auto" }),
  };
  fields.guideline.value = settings.guideline;
  fields.vocabulary.value = settings.vocabulary.join("\n");
  const read = () => ({
    kind: fields.kind.value, task_kind: fields.taskKind.value, overlap: Number(fields.overlap.value), order: fields.order.value,
    gold_share: Number(fields.gold.value) / 100, anchoring_share: Number(fields.anchoring.value) / 100, lease_minutes: Number(fields.lease.value),
    guideline: fields.guideline.value, vocabulary: fields.vocabulary.value.split("\n").map((word) => word.trim()).filter(Boolean),
  });
  return { fields, read };
}

/** `project`: as the studio lists it, null for a new one. Resolves to the project as it is now, or null where nothing was saved. */
export const editProject = (host, project) => shown(host, t(project ? "settings.title" : "settings.createTitle"), (content, done) => {
  const { fields, read } = createFields(project?.name ?? "", { ...DEFAULTS, ...project?.settings });
  const field = (label, node) => el("label", { class: "giqa-field" }, t(`settings.${label}`), node);
  const preview = el("div", { class: "giqa-guideline-text giqa-preview", "aria-label": t("settings.preview") });
  const show = () => preview.replaceChildren(...rendered(fields.guideline.value));
  fields.guideline.addEventListener("input", show);
  show();
  const wrong = el("p", { class: "giqa-wrong", role: "alert" });
  const save = el("button", { type: "submit", class: "giqa-button giqa-primary" }, t(project ? "settings.save" : "settings.make"));
  const form = el("form", { class: "giqa-form" },
    field("name", fields.name),
    el("div", { class: "giqa-fields" }, field("kind", fields.kind), field("taskKind", fields.taskKind), field("overlap", fields.overlap), field("order", fields.order),
      field("gold", fields.gold), field("anchoring", fields.anchoring), field("lease", fields.lease)),
    field("guideline", fields.guideline), preview, field("vocabulary", fields.vocabulary), wrong, el("div", { class: "giqa-dialog-actions" }, save));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      done(await (project ? api.setProject(project.id, fields.name.value, read()) : api.makeProject(fields.name.value, read())));
    } catch (error) {
      wrong.textContent = error.message;
    }
    save.disabled = false;
  });
  content.append(form);
});
