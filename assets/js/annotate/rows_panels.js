/* Panels of rows: tags, and questions with their answers. A row that is being typed into stays as it is. */

import { el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { markRows } from "./decisions.js";
import { small } from "./description_panel.js";
import { createLinkedText } from "./linked_text.js";

const KINDS = ["yes_no", "what", "why", "how"];
const EFFECTS = ["negative", "positive", "no impact"];

export function select(label, options, value, onChange) {
  const node = el("select", { "aria-label": label }, ...options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  node.addEventListener("change", () => onChange(node.value));
  return node;
}

/** The vocabulary as suggestions of text fields. */
export const vocabularyList = (id, words) => el("datalist", { id }, ...words.map((word) => el("option", { value: word })));

/** Tags: what is spoken of, its quality, and whether that helps or hurts. `words`: id of the vocabulary's datalist; `decide`: see decisions.js, where the proposal is decided. */
export function createTagsPanel(model, words, decide = null) {
  const list = el("ul", { class: "giqa-tags-list" });
  const more = small({ iconName: "plus", title: t("tag.add"), text: t("tag.add") }, () => {
    model.addTag();
    list.querySelector("li:last-child input")?.focus();
  });
  const input = (label, value, onInput) => {
    const node = el("input", { type: "text", "aria-label": label, placeholder: label, value, dir: "auto", maxlength: "300", list: words });
    node.addEventListener("input", () => onInput(node.value));
    return node;
  };
  const row = (tag, index) => {
    const effect = select(t("tag.effect"), EFFECTS.map((one) => [one, t(`effect.${one}`)]), tag.effect, (value) => model.setTag(index, { effect: value }));
    const remove = small({ iconName: "remove", title: t("tag.delete", { phrase: tag.phrase }).trim() }, () => model.removeTag(index));
    const node = el("li", {}, input(t("tag.phrase"), tag.phrase, (phrase) => model.setTag(index, { phrase })), input(t("tag.quality"), tag.quality, (quality) => model.setTag(index, { quality })), effect, remove);
    node.addEventListener("focusin", () => decide?.attend("tag", index));
    return node;
  };
  const update = (what = "all") => {
    if (/^(all|tags (added|removed))$/.test(what)) list.replaceChildren(...model.tags().map(row));
    markRows(model, decide, "tag", ({ id }) => list.children[id]);
  };
  update();
  return { node: el("div", {}, list, more), update };
}

/** Questions and answers, both with linked words. `decide`: as above. */
export function createQuestionsPanel(model, link, decide = null) {
  const list = el("ul", { class: "giqa-questions" });
  let texts = [];
  const more = small({ iconName: "plus", title: t("question.add"), text: t("question.add") }, () => {
    model.addQuestion();
    list.querySelector("li:last-child textarea")?.focus();
  });
  const absent = (one) => {
    const words = () => model.text({ question: one.key, part: "question" })?.text.trim() ?? "";
    const box = el("input", { type: "checkbox", checked: model.absent().includes(words()) });
    box.addEventListener("change", () => (box.checked ? model.addAbsent(words()) : model.removeAbsent(words())));
    return el("label", { class: "giqa-check" }, box, " ", t("question.absent"));
  };
  const row = (one) => {
    const [asked, said] = ["question", "answer"].map((part) => {
      const label = t(`text.${part}`);
      return createLinkedText({ model, path: { question: one.key, part }, label, link, placeholder: label });
    });
    texts.push(asked, said);
    const remove = small({ iconName: "remove", title: t("question.delete") }, () => model.removeQuestion(one.key));
    const kind = select(t("question.kind"), KINDS.map((key) => [key, t(`question.${key}`)]), one.kind, (value) => model.setKind(one.key, value));
    const node = el("li", { "data-question": one.key }, el("div", { class: "giqa-question-head" }, kind, remove), asked.node, said.node, absent(one));
    node.addEventListener("focusin", () => decide?.attend("question", one.key));
    return node;
  };
  const rebuild = () => {
    texts = [];
    list.replaceChildren(...model.questions().map(row));
  };
  const update = (what = "") => {
    if (/^(all|questions (added|removed))$/.test(what)) rebuild();
    else texts.forEach((text) => text.update());
    markRows(model, decide, "question", ({ id }) => list.querySelector(`[data-question="${id}"]`));
  };
  update("all");
  return { node: el("div", {}, list, more), update };
}
