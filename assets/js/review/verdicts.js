/* One submission under review: the verdict's buttons, and the reasons of a rejection. */

import { shown } from "../annotate/dialogs.js";
import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";

const REASONS = ["boxes", "words", "missing", "guideline"];

/** Resolves to why, or null. */
export const askWhy = (host) => shown(host, t("verdict.why"), (content, done) => {
  const field = el("input", { type: "text", "aria-label": t("verdict.other"), placeholder: t("verdict.other"), maxlength: "2000", dir: "auto" });
  const form = el("form", { class: "giqa-row-form" }, field, el("button", { type: "submit", class: "giqa-button giqa-primary" }, t("verdict.sendBack")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) done(field.value.trim());
  });
  const ready = REASONS.map((reason) => {
    const node = el("button", { type: "button", class: "giqa-button giqa-secondary" }, t(`reason.${reason}`));
    node.addEventListener("click", () => done(t(`reason.${reason}`)));
    return node;
  });
  content.append(el("p", {}, t("verdict.reader")), el("div", { class: "giqa-choices" }, ...ready), form);
});

/** `actions`: {list, previous, next, accept, fix, reject}. */
export function createVerdictBar(actions) {
  const act = (id, iconName, kind, keys) => {
    const node = button({ iconName, title: t(`verdict.hint.${id}`), text: t(`verdict.do.${id}`), kind, keys, "data-action": id });
    node.addEventListener("click", () => actions[id]());
    return node;
  };
  const move = (id, iconName, keys) => {
    const node = button({ iconName, title: t(`review.${id}`), kind: "tool", keys, "data-action": id });
    node.addEventListener("click", () => actions[id]());
    return node;
  };
  const list = button({ iconName: "list", title: t("review.title"), text: t("review.title"), kind: "secondary", "data-action": "list" });
  list.addEventListener("click", actions.list);
  const told = el("span", { class: "giqa-save" });
  const verdicts = [act("reject", "close", "secondary", "N"), act("fix", "draw", "secondary", "F"), act("accept", "check", "primary", "Y")];
  return {
    node: el("div", { class: "giqa-task-bar" }, list, move("previous", "back", "A"), move("next", "forward", "D"), told, ...verdicts),
    tell(...words) { told.replaceChildren(...words); },
    /** Accepted as it is, or mended: never both. */
    changed(changed) {
      verdicts[2].disabled = changed;
      verdicts[1].disabled = !changed;
    },
    own(own) { verdicts.forEach((one) => { one.hidden = own; }); },
  };
}
