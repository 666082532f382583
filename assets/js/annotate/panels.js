/* The editor's panels: description, boxes, tags, questions. Each is made for one model and returns {node, update(what)}. */

import { button, el } from "../dom.js";
import { count } from "../words.js";
import { wordDifference } from "./changes.js";
import { createLinkedText } from "./linked_text.js";

const KINDS = { yes_no: "Yes/No", what: "What", why: "Why", how: "How" };
const EFFECTS = ["negative", "positive", "no impact"];
const BADGES = { added: "new", moved: "moved" };

function select(label, options, value, onChange) {
  const node = el("select", { "aria-label": label }, ...options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)));
  node.addEventListener("change", () => onChange(node.value));
  return node;
}

function small(options, run) {
  const node = button({ kind: "small", ...options });
  node.addEventListener("click", run);
  return node;
}

/** The description, and its phrases that lost their words or their boxes. */
export function createDescriptionPanel(model, link) {
  const text = createLinkedText({ model, path: "description", label: "Description", link, placeholder: "Describe the quality of this image." });
  const broken = el("ul", { class: "giqa-broken-links", "aria-label": "Phrases that lost their boxes" });

  /** Boxes to the words that are selected, or boxes that are selected to the words. */
  const mend = (one) => {
    const regions = link.selection().length ? link.selection() : model.regionsOf(one);
    if (!regions.length) return text.hint("Select a box on the picture first.");
    if (!one.lost) return model.relink("description", one.id, regions);
    const { selectionStart, selectionEnd } = text.field;
    if (!model.link("description", selectionStart, selectionEnd, regions)) return text.hint("Select the words in the description first.");
    return model.unlink("description", one.id);
  };
  const chip = (one) => {
    const words = one.lost || model.text("description").text.slice(one.start, one.end);
    const again = small({ iconName: "link", title: one.lost ? "Link its boxes to the selected words" : "Link it to the selected boxes", text: "Link again" }, () => mend(one));
    again.addEventListener("pointerdown", (event) => event.preventDefault()); // the words stay selected
    const drop = small({ iconName: "close", title: "Let this link go", text: "Let go" }, () => model.unlink("description", one.id));
    return el("li", {}, el("span", {}, el("q", {}, words), one.lost ? " is no longer in the text." : " has lost its box."), again, drop);
  };
  const difference = el("p", { class: "giqa-difference", dir: "auto" });
  const compared = el("details", { class: "giqa-compared" }, el("summary", {}, "What changed in the text"), difference);
  const compare = () => {
    const [before, after] = [model.task.proposed.description?.text ?? "", model.text("description").text];
    compared.hidden = before === after;
    if (compared.hidden || !compared.open) return;
    const tags = { same: "span", added: "ins", removed: "del" };
    difference.replaceChildren(...(wordDifference(before, after) ?? [{ kind: "removed", text: before }]).map(({ kind, text: words }) => el(tags[kind], {}, words)));
  };
  compared.addEventListener("toggle", compare);
  const update = () => {
    text.update();
    compare();
    broken.replaceChildren(...model.broken().map(chip));
    broken.hidden = !model.broken().length;
  };
  update();
  return { node: el("div", {}, text.node, broken, compared), update, focusBroken: () => broken.querySelector("button")?.focus() };
}

function originOf(region, change) {
  const provenance = region.proposed?.provenance;
  if (!provenance) return "drawn by you";
  const certainty = provenance.probability ?? provenance.score;
  const sure = Number.isFinite(certainty) ? `, ${Math.round(certainty * 100)} %` : "";
  const merged = provenance.merged_from.length ? `, merged from ${count(provenance.merged_from.length, "box", "boxes")}` : "";
  const by = provenance.source.startsWith("person:") ? "drawn by you" : `by ${provenance.source || "the proposal"}${sure}${merged}`;
  return change === "moved" ? `moved by you; ${by}` : by;
}

/** Every box: what it is called, where it comes from, what became of it. */
export function createBoxesPanel(model, link) {
  const list = el("ol", { class: "giqa-boxes" });
  const gone = el("ul", { class: "giqa-boxes giqa-gone" });
  const note = el("p", { class: "giqa-quiet-note" }, "Draw a box on the picture (R), select words in the description, and link them.");
  const row = (region, change) => {
    const choose = el("button", { type: "button", class: "giqa-box-name", "data-id": region.id, dir: "auto" }, region.label || "no words yet");
    choose.addEventListener("click", () => link.choose([region.id]));
    const badge = change ? el("span", { class: "giqa-badge", "data-change": change }, BADGES[change]) : null;
    const remove = small({ iconName: "remove", title: `Delete the box ${region.label}`.trim() }, () => model.removeRegion(region.id));
    const node = el("li", {}, choose, badge, el("small", {}, originOf(region, change)), remove);
    node.addEventListener("pointerenter", () => link.point([region.id]));
    node.addEventListener("pointerleave", () => link.point([]));
    return node;
  };
  const shelf = (region) => {
    const dropped = region.provenance.status === "dropped";
    const why = dropped ? region.provenance.reason : "by you";
    const back = small({ iconName: "restore", title: "Bring this box back", text: "Bring back" }, () => model.bringBack(region.id));
    return el("li", {}, el("span", { class: "giqa-badge", "data-change": "removed" }, dropped ? "dropped" : "removed"), el("small", {}, why), back);
  };
  const mark = () => {
    for (const node of list.querySelectorAll(".giqa-box-name")) node.setAttribute("aria-pressed", String(link.state.chosen.includes(node.dataset.id)));
  };
  const update = (what = "all") => {
    if (what === "point") return mark(); // rows stay under the pointer
    const changes = model.changes().boxes;
    const [regions, shelved] = [model.regions(), model.shelved()];
    list.replaceChildren(...regions.map((region) => row(region, changes.get(region.id))));
    gone.replaceChildren(...shelved.map(shelf));
    gone.hidden = !shelved.length;
    note.hidden = regions.length > 0;
    return mark();
  };
  update();
  return { node: el("div", {}, list, gone, note), update };
}

/** Tags: what is spoken of, its quality, and whether that helps or hurts. */
export function createTagsPanel(model) {
  const list = el("ul", { class: "giqa-tags-list" });
  const more = small({ iconName: "plus", title: "Add a tag", text: "Add a tag" }, () => {
    model.addTag();
    list.querySelector("li:last-child input")?.focus();
  });
  const input = (label, value, onInput) => {
    const node = el("input", { type: "text", "aria-label": label, placeholder: label, value, dir: "auto", maxlength: "300" });
    node.addEventListener("input", () => onInput(node.value));
    return node;
  };
  const row = (tag, index) => {
    const effect = select("Effect", EFFECTS.map((one) => [one, one]), tag.effect, (value) => model.setTag(index, { effect: value }));
    const remove = small({ iconName: "remove", title: `Delete the tag ${tag.phrase}`.trim() }, () => model.removeTag(index));
    return el("li", {}, input("Phrase", tag.phrase, (phrase) => model.setTag(index, { phrase })), input("Quality", tag.quality, (quality) => model.setTag(index, { quality })), effect, remove);
  };
  const update = (what = "all") => {
    if (/^(all|tags (added|removed))$/.test(what)) list.replaceChildren(...model.tags().map(row)); // a row being typed into stays as it is
  };
  update();
  return { node: el("div", {}, list, more), update };
}

/** Questions and answers, both with linked words. */
export function createQuestionsPanel(model, link) {
  const list = el("ul", { class: "giqa-questions" });
  let texts = [];
  const more = small({ iconName: "plus", title: "Add a question", text: "Add a question" }, () => {
    model.addQuestion();
    list.querySelector("li:last-child textarea")?.focus();
  });
  const row = (one) => {
    const [asked, said] = ["question", "answer"].map((part) => {
      const label = part === "question" ? "Question" : "Answer";
      return createLinkedText({ model, path: { question: one.key, part }, label, link, placeholder: label });
    });
    texts.push(asked, said);
    const remove = small({ iconName: "remove", title: "Delete this question" }, () => model.removeQuestion(one.key));
    const kind = select("Kind of question", Object.entries(KINDS), one.kind, (value) => model.setKind(one.key, value));
    return el("li", {}, el("div", { class: "giqa-question-head" }, kind, remove), asked.node, said.node);
  };
  const rebuild = () => {
    texts = [];
    list.replaceChildren(...model.questions().map(row));
  };
  const update = (what = "") => {
    if (/^(all|questions (added|removed))$/.test(what)) rebuild();
    else texts.forEach((text) => text.update());
  };
  rebuild();
  return { node: el("div", {}, list, more), update };
}
