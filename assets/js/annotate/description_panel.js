/* The description, its phrases that lost their words or their boxes, and what it speaks of that is not in the image. */

import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { wordDifference } from "./changes.js";
import { createLinkedText } from "./linked_text.js";

const TAGS = { same: "span", added: "ins", removed: "del" };

export function small(options, run) {
  const node = button({ kind: "small", ...options });
  node.addEventListener("click", run);
  return node;
}

/** What the words that are linked lost, to be linked again or let go. */
function createBroken(model, link, text) {
  const list = el("ul", { class: "giqa-broken-links", "aria-label": t("broken.title") });
  const mend = (one) => {
    const regions = link.selection().length ? link.selection() : model.regionsOf(one);
    if (!regions.length) return text.hint(t("text.selectBox"));
    if (!one.lost) return model.relink("description", one.id, regions);
    const { selectionStart, selectionEnd } = text.field;
    if (!model.link("description", selectionStart, selectionEnd, regions)) return text.hint(t("text.selectInDescription"));
    return model.unlink("description", one.id);
  };
  const chip = (one) => {
    const words = one.lost || model.text("description").text.slice(one.start, one.end);
    const again = small({ iconName: "link", title: t(one.lost ? "broken.againWords" : "broken.againBoxes"), text: t("broken.again") }, () => mend(one));
    again.addEventListener("pointerdown", (event) => event.preventDefault()); // the words stay selected
    const drop = small({ iconName: "close", title: t("broken.letGoHint"), text: t("broken.letGo") }, () => model.unlink("description", one.id));
    return el("li", {}, el("span", { dir: "auto" }, el("q", {}, words), " ", t(one.lost ? "broken.words" : "broken.box")), again, drop);
  };
  return {
    node: list,
    update() {
      list.replaceChildren(...model.broken().map(chip));
      list.hidden = !model.broken().length;
    },
  };
}

/** The words that came and went since the proposal. */
function createCompared(model) {
  const difference = el("p", { class: "giqa-difference", dir: "auto" });
  const node = el("details", { class: "giqa-compared" }, el("summary", {}, t("text.changed")), difference);
  const update = () => {
    const [before, after] = [model.task.proposed.description?.text ?? "", model.text("description").text];
    node.hidden = before === after;
    if (node.hidden || !node.open) return;
    difference.replaceChildren(...(wordDifference(before, after) ?? [{ kind: "removed", text: before }]).map(({ kind, text: words }) => el(TAGS[kind], {}, words)));
  };
  node.addEventListener("toggle", update);
  return { node, update };
}

/** `placeholder`: what is to be written, where it is not a description; `decide`: see decisions.js. */
export function createDescriptionPanel(model, link, { label = t("text.description"), placeholder = t("text.describe"), decide = null } = {}) {
  const text = createLinkedText({ model, path: "description", label, link, placeholder, decide });
  const [broken, compared] = [createBroken(model, link, text), createCompared(model)];
  const update = () => [text, broken, compared].forEach((part) => part.update());
  update();
  return { node: el("div", {}, text.node, broken.node, compared.node), update, text, focusBroken: () => broken.node.querySelector("button")?.focus() };
}

/** Things that are spoken of or asked for and cannot be seen. */
export function createAbsentPanel(model) {
  const list = el("ul", { class: "giqa-chips" });
  const note = el("p", { class: "giqa-quiet-note" }, t("absent.note"));
  const field = el("input", { type: "text", "aria-label": t("absent.words"), placeholder: t("absent.words"), maxlength: "300", dir: "auto" });
  const form = el("form", { class: "giqa-row-form" }, field, el("button", { type: "submit", class: "giqa-button giqa-small" }, t("absent.add")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.addAbsent(field.value);
    field.value = "";
  });
  const chip = (words) => el("li", {}, el("span", { dir: "auto" }, words), small({ iconName: "close", title: t("absent.remove", { words }) }, () => model.removeAbsent(words)));
  const update = () => {
    list.replaceChildren(...model.absent().map(chip));
    note.hidden = model.absent().length > 0;
  };
  update();
  return { node: el("div", {}, list, form, note), update };
}
