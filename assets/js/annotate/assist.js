/* Help by machines at the open task: a box snapped to its object, a question about it, another model's proposal, the boxes of the task before. */

import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { api, followed } from "./api.js";
import { mergeVersions } from "./dialogs.js";
import { merge } from "./merge.js";
import { select } from "./rows_panels.js";

/** The base of two proposals: what only one of them has is kept, what both say differently is chosen. */
const NOTHING = { regions: [], tags: [], description: null, questions: [], broken: [] };

/** What is going on, and a way to stop it. */
function createProgress() {
  const words = el("span", { role: "status" });
  const stop = button({ iconName: "stop", title: t("assist.stop"), text: t("assist.stop"), kind: "small" });
  const node = el("div", { class: "giqa-work", hidden: true }, words, el("progress", { "aria-hidden": "true" }), stop);
  return {
    node,
    /** Shows it for as long as the work runs; `cancel` ends the work. */
    async during(text, cancel, work) {
      words.textContent = text;
      node.hidden = false;
      stop.addEventListener("click", cancel);
      try {
        return await work;
      } finally {
        stop.removeEventListener("click", cancel);
        node.hidden = true;
      }
    },
  };
}

/** A job of the studio, stopped with the progress line's button. */
async function job(progress, text, started) {
  const { job: name } = await started;
  return progress.during(text, () => api.cancel(name).catch(() => {}), followed(name, () => {}));
}

/**
 * `open()`: the open task {task, model} or null; `selected()`: ids of the boxes selected; `host`: where dialogs go; `before()`: boxes of the task that was
 * open before. Returns {node, snap, ask, update}.
 */
export function createAssist({ host, open, selected, before, models }) {
  const progress = createProgress();
  const said = el("p", { class: "giqa-said", role: "status", dir: "auto", hidden: true });
  const say = (text) => {
    said.textContent = text;
    said.hidden = !text;
  };
  const question = el("input", { type: "text", value: t("assist.defaultQuestion"), "aria-label": t("assist.question"), maxlength: "500", dir: "auto" });
  let chosen = models[0] ?? "";
  const picker = models.length > 1 ? select(t("assist.model"), models.map((name) => [name, name]), chosen, (name) => { chosen = name; }) : null;
  const theBox = () => {
    const { model } = open();
    const found = model.regions().filter((region) => selected().includes(region.id));
    if (found.length === 1) return found[0];
    say(t("assist.oneBox"));
    return null;
  };
  /** Runs help; whatever comes back for a task that is no longer open is dropped. */
  const helping = (work) => async () => {
    const current = open();
    if (!current || !progress.node.hidden) return;
    say("");
    try {
      await work(current, () => open()?.model === current.model);
    } catch (error) {
      say(error.name === "AbortError" ? t("assist.stopped") : error.message);
    }
  };
  const snap = helping(async ({ task, model }, still) => {
    const region = theBox();
    if (!region) return;
    const stop = new AbortController();
    const { box } = await progress.during(t("assist.snapping"), () => stop.abort(), api.snap(task.id, region.box, stop.signal));
    if (!still()) return;
    if (box) model.moveRegion(region.id, box);
    else say(t("assist.snapNone"));
  });
  const ask = helping(async ({ task }, still) => {
    const region = theBox();
    if (!region) return;
    const { text, confidence } = await job(progress, t("assist.working", { model: chosen }), api.askModel(task.id, region.box, question.value, chosen));
    if (!still()) return;
    const sure = Number.isFinite(confidence) ? ` (${t("assist.sure", { share: Math.round(confidence * 100) })})` : "";
    say(t("assist.answer", { model: chosen, answer: (text || t("assist.noAnswer")) + sure }));
  });
  const propose = helping(async ({ task, model }, still) => {
    const { edit } = await job(progress, t("assist.working", { model: chosen }), api.proposeAgain(task.id, chosen));
    if (!still()) return;
    const [mine, other] = [model.edit(), beside(model.edit(), edit)];
    const both = merge(NOTHING, mine, other);
    if (!both.conflicts.length && JSON.stringify(both.edit) === JSON.stringify(mine)) return say(t("assist.nothingNew"));
    const words = { title: t("again.title", { model: chosen }), intro: t("again.intro"), mine: t("again.mine"), theirs: t("again.theirs", { model: chosen }), save: t("again.save") };
    const merged = await mergeVersions(host, { base: NOTHING, mine, theirs: other, words });
    return merged && still() && model.replace(merged);
  });
  const copy = helping(async ({ model }) => {
    const boxes = before();
    if (!boxes.length) return say(t("assist.copyNone"));
    const known = new Set(model.regions().map((region) => region.id));
    model.addRegions(boxes.map(({ box }, index) => ({ id: freshId(known, index), box })));
    return say(t("assist.copied", { n: boxes.length }));
  });
  const act = (iconName, id, run, keys = "") => {
    const node = button({ iconName, title: `${t(`assist.${id}`)}: ${t(`assist.${id}.hint`)}`, text: t(`assist.${id}`), keys, kind: "small", "data-assist": id });
    node.addEventListener("click", run);
    return node;
  };
  const buttons = el("div", { class: "giqa-assist-row" }, act("fit", "snap", snap, "S"), act("help", "ask", ask, "Q"), act("restore", "propose", propose), act("duplicate", "copy", copy));
  const node = el("details", { class: "giqa-panel giqa-assist", "data-panel": "assist", open: true }, el("summary", {}, t("panel.assist")), buttons, el("div", { class: "giqa-row-form" }, question, picker), progress.node, said);
  return { node, snap, ask, update: () => say("") };
}

/** Ids as the canvas gives them, never used twice. */
function freshId(known, index) {
  let id = `c${Date.now().toString(36)}${index.toString(36)}`;
  while (known.has(id)) id += "x";
  known.add(id);
  return id;
}

/** The other proposal with ids that mean nothing here already: a box of it is a box beside, unless it is the very same one. */
export function beside(mine, theirs) {
  const taken = new Set(mine.regions.map((region) => region.id));
  const names = new Map();
  for (const region of theirs.regions) {
    const twin = mine.regions.find((one) => one.box.every((side, at) => Math.abs(side - region.box[at]) < 1e-6));
    let id = twin?.id ?? `p-${region.id}`;
    while (!twin && taken.has(id)) id += "x";
    taken.add(id);
    names.set(region.id, id);
  }
  const text = (wire) => wire && { ...wire, phrases: wire.phrases.map((one) => ({ ...one, regions: one.regions.map((id) => names.get(id)).filter(Boolean) })) };
  return {
    ...theirs,
    regions: theirs.regions.map((region) => ({ ...region, id: names.get(region.id) })),
    description: text(theirs.description),
    questions: theirs.questions.map((one) => ({ ...one, question: text(one.question), answer: text(one.answer) })),
  };
}
