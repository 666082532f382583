/* Deciding between versions: the bar over them, and what the final one starts from. */

import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { percent } from "./lists.js";
import { createDifferences, createVersions, letter } from "./versions.js";

/** `actions`: {list, previous, next, finalise(target)}; */
export function createDecisionBar(actions) {
  const act = (id, iconName, kind, keys, title, text, run) => {
    const node = button({ iconName, title, text, kind, keys, "data-action": id });
    node.addEventListener("click", run);
    return node;
  };
  const told = el("span", { class: "giqa-save" });
  const node = el("div", { class: "giqa-task-bar" },
    act("list", "list", "secondary", "", t("review.title"), t("review.title"), actions.list),
    act("previous", "back", "tool", "A", t("review.previous"), "", actions.previous), act("next", "forward", "tool", "D", t("review.next"), "", actions.next), told,
    act("training", "check", "secondary", "", t("decide.trainingHint"), t("decide.training"), () => actions.finalise("training")),
    act("benchmark", "check", "primary", "Ctrl Enter", t("decide.benchmarkHint"), t("decide.benchmark"), () => actions.finalise("benchmark")));
  return { node, tell: (...words) => told.replaceChildren(...words) };
}

/** The versions, what differs, and from what the final one starts. `onStart(edit, name)`. */
export function createComparison(found, consensus, { nameOf, onStart }) {
  const starts = [[consensus.edit, t("decide.consensus")], ...(found.decided ? [[found.decided.edit, t("decide.last")]] : []), ...found.versions.map((one, index) => [one.edit, letter(index)])];
  const buttons = starts.map(([edit, name], index) => {
    const node = el("button", { type: "button", class: "giqa-chip", "data-start": index ? name : "consensus", "aria-pressed": "false" }, name);
    node.addEventListener("click", () => start(index));
    return node;
  });
  const start = (index) => {
    buttons.forEach((one, at) => one.setAttribute("aria-pressed", String(at === index)));
    onStart(starts[index][0]);
  };
  const onTake = (version) => start(starts.length - found.versions.length + found.versions.indexOf(version));
  const differing = el("details", { class: "giqa-panel", open: true }, el("summary", {}, t("review.differences")), createDifferences(found));
  const node = el("section", { class: "giqa-comparison" }, createVersions(found, { nameOf, onTake }), differing,
    el("div", { class: "giqa-states giqa-starts", role: "group", "aria-label": t("decide.start") }, el("span", {}, t("decide.start")), ...buttons));
  return { node, begin: () => start(found.decided ? 1 : 0) };
}

/** "3 versions · 67 % agreement". */
export const decisionWords = (found) => [t("review.versions", { n: found.versions.length }), t("review.agree", { share: percent(found.agreement) }), found.decided ? t(`target.${found.decided.target}`) : ""].filter(Boolean).join(" · ");
