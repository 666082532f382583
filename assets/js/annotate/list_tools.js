/* Above and below the list of tasks: bringing in, taking out, the page's language. */

import { button, el } from "../dom.js";
import { language, LANGUAGES, t } from "../i18n/messages.js";

/** `add` and `take`: what they do, null for those who may not. */
export function createTools({ add, take }) {
  const tool = (iconName, title, text, run) => {
    const node = button({ iconName, title, text, kind: "secondary" });
    node.addEventListener("click", run);
    return node;
  };
  return el("div", { class: "giqa-list-tools" }, add && tool("plus", t("list.addHint"), t("list.add"), add), take && tool("download", t("list.exportHint"), t("list.export"), take));
}

export function createLanguages(onChoose) {
  const options = Object.entries(LANGUAGES).map(([code, name]) => el("option", { value: code, lang: code, selected: code === language() }, name));
  const node = el("select", { "aria-label": t("language.label") }, ...options);
  node.addEventListener("change", () => onChoose(node.value));
  return el("label", { class: "giqa-language" }, el("span", { "aria-hidden": "true" }, t("language.label")), node);
}
