/* For admins: whether the answer to a task is known. Tasks with a known answer are mixed into the queue, and nobody else is told which they are. */

import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { api } from "./api.js";

/** `edit()`: what stands in the editor now. */
export function createGold({ task, edit }) {
  const words = el("p", { class: "giqa-quiet-note", role: "status" });
  const take = button({ iconName: "check", title: t("gold.takeHint"), text: t("gold.take"), kind: "small" });
  const back = button({ iconName: "close", title: t("gold.backHint"), text: t("gold.back"), kind: "small" });
  const node = el("details", { class: "giqa-panel", "data-panel": "gold" }, el("summary", {}, t("panel.gold")), words, el("div", { class: "giqa-row" }, take, back));
  const show = ({ gold }) => {
    words.textContent = t(gold ? "gold.known" : "gold.unknown");
    back.hidden = !gold;
  };
  const act = (asked) => asked.then(show, (error) => { words.textContent = error.message; });
  node.addEventListener("toggle", () => { if (node.open) act(api.gold(task)); });
  take.addEventListener("click", () => act(api.setGold(task, edit())));
  back.addEventListener("click", () => act(api.setGold(task, null)));
  return node;
}
